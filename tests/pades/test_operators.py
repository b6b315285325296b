# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What draws the same is written alike, and what doesn't is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pades.operators import normalise


@pytest.mark.parametrize(
    "one, other",
    [
        (b"0 0 m", b"0\r\n0   m"),
        (b"0 0 m", b"0 0 % a comment\n m"),
        (b"1.50 .5 -0.0 +2 l", b"1.5 0.5 0 2.0 l"),
        (b"(100 PLN) Tj", b"<31303020504c4e> Tj"),
        (b"(a\\050b\\)) Tj", b"(a\\(b\\051) Tj"),
        (b"(a(b)c) Tj", b"(a\\(b\\)c) Tj"),
        (b"(a\\\nb) Tj", b"(ab) Tj"),
        (b"<901FA> Tj", b"<90 1f a0> Tj"),
        (b"/A#42 gs", b"/AB gs"),
        (b"[(a)-1(b)]TJ", b"[ (a) -1 (b) ] TJ"),
    ],
)
def test_what_is_the_same_is_written_alike(one, other):
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(
    "one, other",
    [
        (b"(100 PLN) Tj", b"(999 PLN) Tj"),
        (b"(100) Tj", b"100 Tj"),
        (b"1 0 m", b"10 m"),
        (b"-1 w", b"1 w"),
        (b"1.05 w", b"1.5 w"),
        (b"100 w", b"1 w"),
        (b"/A gs", b"/a gs"),
        (b"(a) Tj", b"[(a)] Tj"),
        (b"BI /W 1 ID abc\nEI Q", b"BI /W 1 ID abd\nEI Q"),
        (b"(\\n) Tj", b"(n) Tj"),
    ],
)
def test_what_differs_is_written_differently(one, other):
    assert normalise(one) != normalise(other)


@pytest.mark.parametrize("content", [b"(no end", b"BI ID no end", b") Tj"])
def test_what_is_no_content_is_refused(content):
    with pytest.raises(ValueError):
        normalise(content)


@given(st.binary())
def test_any_string_keeps_its_bytes(data):
    escaped = b"".join(b"\\%03o" % byte for byte in data)
    assert normalise(b"(%s) Tj" % escaped) == normalise(
        b"<%s> Tj" % data.hex().encode()
    )


@given(st.binary())
def test_no_content_stops_the_reader(data):
    try:
        lines = normalise(data)
    except ValueError:
        return
    assert lines.startswith(b"\n") or not lines
