"""Where the entries of Protocol Buffers are: the encoding inside the messages of Olm and of the Signal protocol,
version 3.
"""

from sprag_kit import Rejected


def entries(message, start, end):
    """``(tag, start, end)`` of each entry's value between two offsets; ``None`` if that is no such encoding."""
    found, at = [], start
    while at < end:
        tag, at = _varint(message, at, end)
        if tag is None:
            return None
        kind = tag & 7
        if kind == 0:
            value, after = at, _varint(message, at, end)[1]
        elif kind == 2:
            length, value = _varint(message, at, end)
            after = None if length is None else value + length
        else:
            value, after = at, {1: at + 8, 5: at + 4}.get(kind)
        if after is None or after > end:
            return None
        found.append((tag, value, after))
        at = after
    return found


def only(found, tag):
    """Start and end of the value under ``tag``, which must be there once."""
    values = [(start, end) for known, start, end in found or () if known == tag]
    return values[0] if len(values) == 1 else None


def rewritten(message, fields, name, value):
    """The message with another value in a field; only a number that nothing encloses may change its length."""
    enclosed = any(field[0] == "envelope" for field in fields)
    for known, offset, length, *_ in fields:
        if known == name:
            free = name in ("counter", "previous_counter") and not enclosed
            if free or len(value) == length:
                return message[:offset] + value + message[offset + length :]
    raise Rejected("unsupported", f"{name} of {len(value)} bytes")


def _varint(message, at, end):
    value = 0
    for index in range(10):
        if at + index >= end:
            return None, None
        byte = message[at + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, at + index + 1
    return None, None
