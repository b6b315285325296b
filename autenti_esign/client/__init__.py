# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Autenti's Public API v2, without Odoo.

Autenti's own pages are cited by name. Under
https://developers.autenti.com/docs/autenti-public-api-v2/ they are:

- 111e9353643f4-autenti-document-process-api
- a7847a3b741c6-authorization-code-grant
- 3b0065697f838-refreshing-tokens
- ee26bb6146e09-client-credentials-grant
- 2ba5fb048a557-requesting-basic-electronic-signature-by-autenti
- 7017daed2f140-requesting-e-idas-qualified-electronic-signature
- 906a4ce68f1ff-document-process-files
- zb3t8s4ir23k6-document-sending-action
- 34j1rby56zukt-callbacks
- bq2nod4bpilzk-listing-files
- nz4nbb62g4uda-retrieving-file-content
"""
