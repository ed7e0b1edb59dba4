"""DAG-CBOR (https://ipld.io/specs/codecs/dag-cbor/spec/), strictly: what this decodes, it encodes to the same bytes.

Values are None, bool, int, float, str, bytes, list, dict (in the order of DAG-CBOR) and Link.
"""

import base64
import struct
from dataclasses import dataclass

NESTING_MAX = 1000
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
ID_PREFIX = bytes.fromhex("01711220")  # CIDv1, dag-cbor, sha2-256 of 32 bytes


class NotDagCbor(Exception):
    """The reason, as text."""


@dataclass(frozen=True)
class Link:
    cid: bytes

    @property
    def id(self):
        """The 32 bytes of SHA-256, of a link to a chunk; else None."""
        return self.cid[4:] if len(self.cid) == 36 and self.cid.startswith(ID_PREFIX) else None


def text_of_id(id):
    """Multibase: `b` and lower-case base32 without padding."""
    return text_of_cid(ID_PREFIX + id)


def text_of_cid(cid):
    if cid[:2] == b"\x12\x20":  # version 0: base58btc without a prefix
        number, text = int.from_bytes(cid, "big"), ""
        while number:
            number, digit = divmod(number, 58)
            text = BASE58[digit] + text
        return text
    return "b" + base64.b32encode(cid).decode().rstrip("=").lower()


# --- Writing --------------------------------------------------------------------------------------------------

def head(major, number):
    if number < 24:
        return bytes([major << 5 | number])
    for code, width in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << 8 * width:
            return bytes([major << 5 | code]) + number.to_bytes(width, "big")
    raise NotDagCbor("an integer of more than 64 bits")


def key_order(key):
    data = key.encode()
    return len(data), data


def encoded(value):
    if value is None:
        return b"\xf6"
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, float):
        return b"\xfb" + struct.pack(">d", value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        data = value.encode()
        return head(3, len(data)) + data
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(encoded, value))
    if isinstance(value, dict):
        members = sorted(value.items(), key=lambda member: key_order(member[0]))
        return head(5, len(value)) + b"".join(encoded(key) + encoded(member) for key, member in members)
    return b"\xd8\x2a" + encoded(b"\0" + value.cid)


# --- Reading --------------------------------------------------------------------------------------------------

class Decoder:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def taken(self, count):
        if count > len(self.data) - self.at:
            raise NotDagCbor("it ends too early")
        self.at += count
        return self.data[self.at - count:self.at]

    def head(self):
        first = self.taken(1)[0]
        major, code = first >> 5, first & 31
        if major == 7:
            return major, code
        if code < 24:
            return major, code
        if code > 27:
            raise NotDagCbor("an indefinite length, or a head that is reserved")
        number = int.from_bytes(self.taken(1 << code - 24), "big")
        if head(major, number)[0] != first:
            raise NotDagCbor("a number that isn't written as short as can be")
        return major, number

    def text(self, length):
        try:
            return self.taken(length).decode()
        except UnicodeDecodeError:
            raise NotDagCbor("text that isn't UTF-8") from None

    def key(self):
        major, length = self.head()
        if major != 3:
            raise NotDagCbor("a key that isn't text")
        return self.text(length)

    def map(self, length, depth):
        members = {}
        last = None
        for _ in range(length):
            key = self.key()
            if last is not None and key_order(key) <= last:
                raise NotDagCbor("keys out of order")
            last = key_order(key)
            members[key] = self.value(depth + 1)
        return members

    def link(self):
        major, length = self.head()
        content = self.taken(length) if major == 2 else b""
        # A CID begins with its version, 1, or is a version 0: a bare multihash of SHA-256.
        if content[:1] != b"\0" or content[1:2] != b"\1" and not (content[1:3] == b"\x12\x20" and length == 35):
            raise NotDagCbor("a tag 42 without a CID")
        return Link(content[1:])

    def special(self, code):
        if code in (20, 21, 22):
            return (False, True, None)[code - 20]
        number = struct.unpack(">d", self.taken(8))[0] if code == 27 else None
        if number is None or number != number or number in (float("inf"), float("-inf")):
            raise NotDagCbor("a simple value or float that DAG-CBOR doesn't have")
        return number

    def value(self, depth=0):
        major, number = self.head()
        if major in (4, 5) and depth >= NESTING_MAX:
            raise NotDagCbor("nested too deeply")
        if major == 0:
            return number
        if major == 1:
            if number >= 1 << 63:
                raise NotDagCbor("an integer below -2^63")
            return -1 - number
        if major == 2:
            return self.taken(number)
        if major == 3:
            return self.text(number)
        if major == 4:
            return [self.value(depth + 1) for _ in range(number)]
        if major == 5:
            return self.map(number, depth)
        if major == 6:
            if number != 42:
                raise NotDagCbor(f"tag {number}")
            return self.link()
        return self.special(number)


def decoded(data):
    decoder = Decoder(data)
    value = decoder.value()
    if decoder.at != len(data):
        raise NotDagCbor("something follows the value")
    return value


def shown(value):
    """As DAG-JSON has it, for people and for comparing."""
    if isinstance(value, Link):
        return {"/": text_of_cid(value.cid)}
    if isinstance(value, bytes):
        return {"/": {"bytes": base64.b64encode(value).decode().rstrip("=")}}
    if isinstance(value, list):
        return [shown(item) for item in value]
    if isinstance(value, dict):
        return {key: shown(member) for key, member in value.items()}
    return value
