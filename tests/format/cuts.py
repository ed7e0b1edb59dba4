"""Where a tree is cut, as "Where a node ends" and "Text and bytes" of docs/format.md have it.

A reader needs none of this. It shows that the page suffices to write: a second writer that cuts so gives equal values
equal ids.
"""

from dag_cbor import Link, decoded, encoded
from trees import BYTES, LIST, MAP, TEXT
from xxh3 import xxh3_64

SEED = 0x74657473
LEAF_TARGET = 1536
INNER_TARGET = 1024
ROLL_FROM = 704
GEAR = [xxh3_64(bytes([b]), SEED) for b in range(256)]


def odds(size, target):
    return (1 << 32) // (4 * target) if size < target else 4 * (1 << 32) // target


def item_lengths(items, target, entries_min):
    """How many items each node takes: `items` are (bytes, draw)."""
    counts, count, size = [], 0, 0
    for own, draw in items:
        count += 1
        size += own
        goes_on = size < target / 2 or count < entries_min
        if not goes_on and (size >= 2 * target or draw < own * odds(size, target)):
            counts.append(count)
            count, size = 0, 0
    return counts + [count] if count else counts


def byte_lengths(content, is_text):
    """How many bytes each leaf of a text or byte string takes."""
    lengths, size, roll = [], 0, 0
    for at, byte in enumerate(content):
        size += 1
        if size > ROLL_FROM:
            roll = 2 * roll + GEAR[byte] & (1 << 64) - 1
        ends = size >= LEAF_TARGET // 2 and (size >= 2 * LEAF_TARGET or roll >> 32 < odds(size, LEAF_TARGET))
        whole = not is_text or at + 1 == len(content) or content[at + 1] & 0xC0 != 0x80
        if ends and whole:
            lengths.append(size)
            size, roll = 0, 0
    return lengths + [size] if size else lengths


def levels_of(chunks, root):
    """The nodes of a tree, decoded, level by level, the leaves first."""
    levels = [[decoded(chunks[root].data)]]
    while levels[0][0][1] > 0:
        links = [link for node in levels[0] for link in node[2] if isinstance(link, Link)]
        levels.insert(0, [decoded(chunks[link.id].data) for link in links])
    return levels


def leaf_items(kind, nodes):
    if kind == LIST:
        slots = [encoded(slot) for node in nodes for slot in node[3]]
        return [(len(slot), xxh3_64(slot, SEED) >> 32) for slot in slots]
    members = [(encoded(key), encoded(slot)) for node in nodes for key, slot in node[3].items()]
    return [(len(key) + len(slot), xxh3_64(key, SEED) >> 32) for key, slot in members]


def inner_items(kind, nodes):
    width = {LIST: 3, MAP: 4}.get(kind, 2)
    entries = [node[2][at:at + width] for node in nodes for at in range(0, len(node[2]), width)]
    return [(sum(len(encoded(field)) for field in entry), int.from_bytes(entry[0].id[:4], "big")) for entry in entries]


def cuts_of(chunks, root):
    """What is in each node of a tree, level by level, as (found, by the page): lists of counts."""
    levels = levels_of(chunks, root)
    kind = levels[0][0][0]
    if kind in (TEXT, BYTES):
        leaves = [node[2].encode() if kind == TEXT else node[2] for node in levels[0]]
        found = [([len(leaf) for leaf in leaves], byte_lengths(b"".join(leaves), kind == TEXT))]
    else:
        found = [([len(node[3]) for node in levels[0]], item_lengths(leaf_items(kind, levels[0]), LEAF_TARGET, 1))]
    width = {LIST: 3, MAP: 4}.get(kind, 2)
    for nodes in levels[1:]:
        counts = [len(node[2]) // width for node in nodes]
        found.append((counts, item_lengths(inner_items(kind, nodes), INNER_TARGET, 2)))
    return found


def subtrees_of(chunks, root):
    """The roots of all trees in a tree, itself included."""
    leaves = levels_of(chunks, root)[0]
    roots = [root]
    for node in leaves:
        slots = list(node[3].values() if node[0] == MAP else node[3]) if node[0] in (LIST, MAP) else []
        for position in node[2][::2] if slots else []:
            roots += subtrees_of(chunks, slots[position].id)
    return roots
