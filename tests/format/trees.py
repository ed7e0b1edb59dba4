"""Values from their chunks, as "Trees" of docs/format.md has it.

Everything that the page tells a reader to check is checked. Where a tree was cut is not: a tree cut otherwise reads
well and has another id.
"""

from dataclasses import dataclass

from dag_cbor import Link, NotDagCbor, decoded, encoded, head, key_order
from store_file import check

SUBTREE_ABOVE = 1536  # T
CHUNK_BYTES_MAX = 8 << 20
LEVELS_MAX = 40
DOCUMENT_BYTES_MAX = 4 << 30
LIST, MAP, TEXT, BYTES = range(4)
MAJOR = {LIST: 4, MAP: 5, TEXT: 3, BYTES: 2}  # of the head that the plain encoding has
PLAIN, NODE = 0, 1


@dataclass
class Part:
    """What a node holds: a part of its container."""
    kind: int
    level: int
    content: object  # a list; the members of a map, as pairs; bytes, of a text as well
    plain_bytes: int  # without the container's head
    last_key: str = None

    @property
    def whole_bytes(self):
        return len(head(MAJOR[self.kind], len(self.content))) + self.plain_bytes

    def value(self):
        if self.kind == MAP:
            return dict(self.content)
        return self.content.decode() if self.kind == TEXT else self.content


class Trees:
    """Reads from `chunks`, of ids to Chunk. `at` is where to point when a chunk is missing."""

    def __init__(self, chunks):
        self.chunks = chunks

    def chunk(self, id, at):
        check(id in self.chunks, at, f"a chunk is missing: {id.hex() if id else 'a link that is no chunk'}")
        return self.chunks[id]

    def decoded(self, id, at):
        """The value that a chunk is, and the offset of its frame."""
        chunk = self.chunk(id, at)
        try:
            return decoded(chunk.data), chunk.offset
        except NotDagCbor as error:
            check(False, chunk.offset, f"a chunk that is no DAG-CBOR: {error}")

    def read(self, id, kind, at):
        """The value of a root, and how long its plain encoding is."""
        if kind == PLAIN:
            value, offset = self.decoded(id, at)
            self.check_inline(value, offset)
            return value, len(self.chunks[id].data)
        part = self.node(id, at)
        offset = self.chunks[id].offset
        check(SUBTREE_ABOVE < part.whole_bytes <= DOCUMENT_BYTES_MAX, offset, "a tree of a value of a wrong size")
        return self.value_of(part, offset), part.whole_bytes

    @staticmethod
    def value_of(part, offset):
        try:
            return part.value()
        except UnicodeDecodeError:
            check(False, offset, "a text that isn't UTF-8")

    @staticmethod
    def check_inline(value, offset):
        if isinstance(value, (list, dict, str, bytes)):
            check(len(encoded(value)) <= SUBTREE_ABOVE, offset, "something is inline that is too long for it")

    def node(self, id, at):
        """A node, and all that is below it."""
        node, offset = self.decoded(id, at)
        check(len(self.chunks[id].data) <= CHUNK_BYTES_MAX, offset, "a chunk of more than 8 MB")
        check(isinstance(node, list) and len(node) >= 3 and all(type(n) is int for n in node[:2]), offset,
              "a chunk that is no node")
        kind, level = node[:2]
        check(kind in MAJOR and 0 <= level <= LEVELS_MAX, offset, "a node of a kind or level that isn't there")
        if level > 0:
            check(len(node) == 3 and isinstance(node[2], list), offset, "an inner node of another layout")
            return self.inner(kind, level, node[2], offset)
        if kind in (TEXT, BYTES):
            check(len(node) == 3 and isinstance(node[2], str if kind == TEXT else bytes) and node[2], offset,
                  "a leaf of another layout")
            content = node[2].encode() if kind == TEXT else node[2]
            return Part(kind, 0, content, len(content))
        check(len(node) == 4 and isinstance(node[2], list) and isinstance(node[3], dict if kind == MAP else list)
              and node[3], offset, "a leaf of another layout")
        return self.leaf(kind, node[2], node[3], offset)

    def leaf(self, kind, subtrees, slots, offset):
        check(len(subtrees) % 2 == 0 and all(type(n) is int and n >= 0 for n in subtrees), offset,
              "a leaf's subtrees are not positions and sizes")
        positions = subtrees[::2]
        check(positions == sorted(set(positions)) and all(p < len(slots) for p in positions), offset,
              "a leaf's subtrees are out of order, or not there")
        sizes = dict(zip(positions, subtrees[1::2]))
        content, plain_bytes, last_key = [], 0, None
        for position, entry in enumerate(slots.items() if kind == MAP else slots):
            key, slot = entry if kind == MAP else (None, entry)
            value, size = self.slot(slot, sizes.get(position), offset)
            plain_bytes += size + (len(encoded(key)) if kind == MAP else 0)
            content.append((key, value) if kind == MAP else value)
            last_key = key
        return Part(kind, 0, content, plain_bytes, last_key)

    def slot(self, slot, subtree_bytes, offset):
        """The value in a slot, and how long its plain encoding is."""
        if subtree_bytes is None:
            self.check_inline(slot, offset)
            return slot, len(encoded(slot))
        check(isinstance(slot, Link), offset, "a subtree without a link to it")
        value, size = self.read(slot.id, NODE, offset)
        check(size == subtree_bytes, offset, "a subtree of another size than its leaf says")
        return value, size

    def inner(self, kind, level, entries, offset):
        width = {LIST: 3, MAP: 4}.get(kind, 2)
        check(entries and len(entries) % width == 0, offset, "an inner node with a part of an entry")
        whole = Part(kind, level, b"" if kind in (TEXT, BYTES) else [], 0)
        for at in range(0, len(entries), width):
            link, *said = entries[at:at + width]
            check(isinstance(link, Link), offset, "an entry of an inner node without a link")
            child = self.node(link.id, offset)
            check((child.kind, child.level) == (kind, level - 1), offset, "a child of another kind or level")
            found = [len(child.content), child.plain_bytes, child.last_key]
            check(said == found[:width - 1] and not any(isinstance(n, (bool, float)) for n in said), offset,
                  "a child with another count, size or last key than its parent says")
            if kind == MAP and whole.content:
                check(key_order(whole.last_key) < key_order(child.content[0][0]), offset,
                      "keys that don't ascend from node to node")
            whole.content += child.content
            whole.plain_bytes += child.plain_bytes
            whole.last_key = child.last_key
        return whole
