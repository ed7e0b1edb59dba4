#!/usr/bin/python3
"""As read_store.py, of an archive: "Archives" of docs/format.md, and CAR version 1
(https://ipld.io/specs/transport/car/carv1/).

    read_archive.py FILE
"""

import hashlib
import sys

from dag_cbor import ID_PREFIX, NotDagCbor, decoded, text_of_id
from histories import Histories, is_id, is_number, is_text
from read_store import check_name
from store_file import Chunk, NewerFormat, check, print_what

INDEX_FORM = 1


def varint(data, at):
    """A number of LEB128, and where it ends."""
    number, begin = 0, at
    while True:
        check(at < len(data) and at - begin < 9, begin, "a number that doesn't end")
        number |= (data[at] & 0x7F) << 7 * (at - begin)
        at += 1
        if data[at - 1] < 0x80:
            return number, at


def section(data, at):
    """The content of a section, and where it ends."""
    length, begin = varint(data, at)
    check(0 < length <= len(data) - begin, at, "a section that passes the end")
    return data[begin:begin + length], begin + length


def read_blocks(data):
    """The roots of an archive, and its blocks as chunks."""
    content, at = section(data, 0)
    try:
        header = decoded(content)
    except NotDagCbor as error:
        check(False, 0, f"a header that is no DAG-CBOR: {error}")
    check(isinstance(header, dict) and set(header) == {"roots", "version"} and header["version"] == 1
          and isinstance(header["roots"], list) and header["roots"] and all(map(is_id, header["roots"])), 0,
          "this is no archive of Stet")
    chunks = {}
    while at < len(data):
        block, end = section(data, at)
        id, content = block[4:36], block[36:]
        check(block[:4] == ID_PREFIX and len(id) == 32, at, "a block that isn't dag-cbor by SHA-256")
        check(hashlib.sha256(content).digest() == id, at, "a block that doesn't have its id")
        check(id not in chunks, at, "a block that is there twice")
        chunks[id] = Chunk(content, at, len(content), 0, 0)
        at = end
    return [root.id for root in header["roots"]], chunks


def read_archive(data):
    sys.setrecursionlimit(20000)  # values nest up to 1000 deep
    roots, chunks = read_blocks(data)
    histories = Histories(chunks)
    index, offset = histories.trees.decoded(roots[0], 0)
    check(isinstance(index, dict) and is_number(index.get("stet")), offset, "the first root is no index")
    if index["stet"] > INDEX_FORM:
        raise NewerFormat(f"offset {offset}: an index of form {index['stet']}; this reads form {INDEX_FORM}")
    check(index["stet"] == INDEX_FORM and set(index) == {"stet", "documents"} and isinstance(index["documents"], list),
          offset, "an index of another layout")
    documents = []
    for entry in index["documents"]:
        check(isinstance(entry, dict) and set(entry) == {"name", "version", "boundary"} and is_text(entry["name"])
              and is_id(entry["version"]), offset, "an index of another layout")
        check_name(entry["name"], offset)
        boundary = histories.checked_boundary(entry["boundary"], offset)
        documents.append({"name": entry["name"]} |
                         histories.history(entry["version"].id, boundary if any(boundary) else None, offset))
    versions = [entry["version"].id for entry in index["documents"]]
    check(roots[1:] == list(dict.fromkeys(versions)), 0, "roots that aren't the versions that the index names")
    return {"roots": [text_of_id(root) for root in roots], "blocks": len(chunks), "documents": documents}


if __name__ == "__main__":
    print_what(read_archive)
