# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whatever is posted at the address, Odoo refuses it calmly."""

from hypothesis import given, settings
from hypothesis import strategies as st
from workspace.forgery import SIGNATURE_HEADER, Forgery, make_body

# A refusal before all was read hangs up
CALM = {0, 400, 401, 403, 413}
# What a header may hold (RFC 9110, 5.5)
values = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]))
compact = st.from_regex(
    r"[A-Za-z0-9_-]{0,80}\.[A-Za-z0-9_-]{0,4}\.[A-Za-z0-9_-]{0,80}", fullmatch=True
)
content_types = st.sampled_from(
    [
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain; charset=utf-32",
    ]
)
encodings = st.sampled_from(["identity", "gzip", "deflate", "br", "chunked"])
bodies = st.binary() | st.integers().map(make_body)


def make_request(signature, content_type, encoding, body):
    headers = (
        ("Content-Type", content_type.strip()),
        ("Content-Encoding", encoding.strip()),
        (SIGNATURE_HEADER, signature.strip()),
    )
    return Forgery("made_up", headers, body)


requests = st.builds(
    make_request, compact | values, content_types | values, encodings | values, bodies
)


def test_what_is_made_up_is_refused(campaign):
    @settings(max_examples=300, deadline=None)
    @given(made_up=requests)
    def post(made_up):
        assert campaign.post(made_up) in CALM

    before = campaign.count_rows()
    post()
    assert campaign.count_rows() == before, "something of it was stored"
    assert campaign.post_genuine("after-all") == 200
