# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The drawing operators of a page, in a form that can be compared.

ISO 32000-2, 7.2 (lexical conventions), 7.8.2 (content streams), 8.9.7 (inline images).
"""

import re

SPACE = rb"\0\t\n\f\r "
DELIMITERS = rb"()<>\[\]{}/%"
_TOKEN = re.compile(
    rb"[" + SPACE + rb"]+|%[^\r\n]*"
    rb"|(?P<open>\()"
    rb"|(?P<bracket><<|>>|[\[\]{}])"
    rb"|<(?P<hex>[0-9A-Fa-f" + SPACE + rb"]*)>"
    rb"|(?P<name>/[^" + SPACE + DELIMITERS + rb"]*)"
    rb"|(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?=[" + SPACE + DELIMITERS + rb"]|\Z))"
    rb"|(?P<word>[^" + SPACE + DELIMITERS + rb"]+)"
)
_STRING_PART = re.compile(rb"\\(?:[0-7]{1,3}|\r\n|.)|[()]|[^\\()]+", re.DOTALL)
_ESCAPES = {
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
    b"b": b"\b",
    b"f": b"\f",
    b"\n": b"",
    b"\r": b"",
    b"\r\n": b"",
}
# After the data of an inline image: white space, EI, and then the next operator
_IMAGE_END = re.compile(rb"[" + SPACE + rb"]EI(?=[" + SPACE + rb"]|\Z)")


def normalise(content):
    """Write operators in one way only, one token a line.

    What may be written in several ways without drawing anything else is written alike:
    white space, comments, numbers, strings, names' escapes.

    :param bytes content: a decoded content stream
    :return: bytes that begin and end with a line feed
    :raise ValueError: it isn't a content stream
    """
    lines = [b""]
    position = 0
    while position < len(content):
        match = _TOKEN.match(content, position)
        if not match:
            raise ValueError(f"unexpected byte at {position}")
        position = match.end()
        kind, token = match.lastgroup, match.group()
        if kind == "open":
            value, position = _read_string(content, position)
            lines.append(b"(" + value.hex().encode())
        elif kind == "hex":
            digits = re.sub(rb"[" + SPACE + rb"]", b"", match["hex"]).lower()
            lines.append(b"(" + digits + b"0" * (len(digits) % 2))
        elif kind == "number":
            lines.append(_number(token))
        elif kind == "name":
            lines.append(_name(token))
        elif kind:
            lines.append(token)
            if token == b"ID":
                data, position = _read_image(content, position)
                lines.append(b"<" + data.hex().encode())
    lines.append(b"")
    return b"\n".join(lines)


def _number(token):
    text = token.lstrip(b"+")
    if b"." in text:
        text = text.rstrip(b"0").rstrip(b".")
    negative = text.startswith(b"-")
    whole, point, fraction = text.lstrip(b"-").partition(b".")
    digits = (whole.lstrip(b"0") or b"0") + point + fraction
    return b"-" + digits if negative and digits != b"0" else digits


def _name(token):
    return re.sub(
        rb"#([0-9A-Fa-f]{2})", lambda match: bytes.fromhex(match[1].decode()), token
    ).replace(b"\n", b"#0A")


def _read_string(content, position):
    parts, depth = [], 1
    while True:
        match = _STRING_PART.match(content, position)
        if not match:
            raise ValueError("a string without an end")
        position, part = match.end(), match.group()
        if part == b"(":
            depth += 1
        elif part == b")":
            depth -= 1
            if not depth:
                return b"".join(parts), position
        elif part.startswith(b"\\"):
            part = _unescape(part[1:])
        else:
            part = part.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        parts.append(part)


def _unescape(escaped):
    if escaped[:1].isdigit() and escaped[:1] < b"8":
        return bytes([int(escaped, 8) & 0xFF])
    return _ESCAPES.get(escaped, escaped)


def _read_image(content, position):
    match = _IMAGE_END.search(content, position)
    if not match:
        raise ValueError("an inline image without an end")
    return content[position + 1 : match.start()], match.start()
