#!/usr/bin/python3
"""A second reader of Stet's files, written from docs/format.md alone, with Python's standard library.

    read_store.py FILE

checks every hash and id in the file and all that the page tells a reader to check, and prints what is in it as
JSON: documents and their versions, removed documents, pins and holds. Where something is wrong it exits with 1 and
says `damaged`, the offset and the reason, and where the file is of a newer format, `newer_format`.
"""

import struct
import sys

from dag_cbor import text_of_id
from histories import Histories
from store_file import PACKED, check, print_what, read_file

NAME_BYTES_MAX = 255
ENCODINGS = (("plain", 0), ("zstd", 1), ("delta", 2), ("packed", PACKED))


def name_of(data, offset):
    try:
        return data.decode()
    except UnicodeDecodeError:
        check(False, offset, "a ref whose text isn't UTF-8")


def check_name(name, offset):
    """Of a document or a label."""
    forbidden = any(c in "#@~" or ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in name)
    parts = all(part not in ("", ".", "..") for part in name.split("/"))
    check(1 <= len(name.encode()) <= NAME_BYTES_MAX and parts and not forbidden, offset, f"{name!r} is no name")


class Reader(Histories):
    def __init__(self, data):
        sys.setrecursionlimit(20000)  # values nest up to 1000 deep
        self.file = read_file(data)
        super().__init__(self.file.chunks)

    def refs(self, prefix):
        """(the rest of the name, value, offset) of the refs that begin so, in order."""
        for name, (value, offset) in sorted(self.file.refs.items()):
            if name.startswith(prefix):
                yield name_of(name[len(prefix):], offset), value, offset

    def documents(self):
        boundaries = {}
        for name, value, offset in self.refs(b"sys/boundary/"):
            check(len(value) == 32, offset, "a boundary's ref that isn't an id")
            boundaries[name] = self.boundary(value, offset)
        found = []
        for name, head, offset in self.refs(b"doc/"):
            check(len(head) == 32, offset, "a head that isn't an id")
            check_name(name, offset)
            found.append({"name": name} | self.history(head, boundaries.pop(name, None), offset))
        check(not boundaries, 0, f"boundaries of documents that aren't there: {sorted(boundaries)}")
        return found

    def removed(self):
        found = []
        for name, value, offset in self.refs(b"sys/removed/"):
            check(len(value) in (32, 64), offset, "a tombstone that isn't one or two ids")
            document, _, id = name.partition("#")
            check_name(document, offset)
            check("bafyrei" + id == text_of_id(value[:32]), offset, "a tombstone with another name than its head's")
            boundary = self.boundary(value[32:], offset) if value[32:] else None
            found.append({"name": document} | self.history(value[:32], boundary, offset))
        return found

    def pins(self):
        found = {}
        for label, value, offset in self.refs(b"pin/"):
            check_name(label, offset)
            check(len(value) > 32, offset, "a pin without a version or a document")
            fields = self.version(value[:32], offset)
            found[label] = {"document": name_of(value[32:], offset), "version": text_of_id(value[:32])}
            self.content(fields, self.chunks[value[:32]].offset)
        return found

    def epoch(self):
        value, offset = self.file.refs.get(b"sys/epoch", (bytes(8), 0))
        check(len(value) == 8, offset, "an epoch that isn't a u64")
        return struct.unpack("<Q", value)[0]

    def shown(self):
        encodings = [chunk.encoding for chunk in self.chunks.values()]
        return {
            "format": 1,
            "slots": len(self.file.slots),
            "batches": len(self.file.commits),
            "torn_from": self.file.torn_from,
            "chunks": {name: encodings.count(encoding) for name, encoding in ENCODINGS if encoding < 2 or
                       encoding in encodings},
            "index": self.file.index,
            "epoch": self.epoch(),
            "documents": self.documents(),
            "removed": self.removed(),
            "endings": [name for name, _, _ in self.refs(b"sys/ending/")],
            "pins": self.pins(),
            "holds": {name: name_of(reason, offset) for name, reason, offset in self.refs(b"sys/hold/")},
        }


def read_store(data):
    """What is in a store's file, as JSON's values. Raises Damaged and NewerFormat."""
    return Reader(data).shown()


if __name__ == "__main__":
    print_what(read_store)
