// Copyright 2026 autenti_esign contributors
// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import {Attachment} from "@mail/core/common/attachment_model";
import {patch} from "@web/core/utils/patch";

patch(Attachment.prototype, {
    /** The server refuses to delete what was sent or came back signed: don't offer it. */
    get isDeletable() {
        return !this.autenti_is_evidence && super.isDeletable;
    },
});
