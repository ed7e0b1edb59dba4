"""A store in a file, as "Records" and "The file" of docs/format.md have it: header, log and index.

Everything is read from the beginning of the log and every hash is checked, also of what a later batch replaced and
of what only makes look-ups faster. Where the page lets a program go on without a part (an index, a slot), this
names the part instead.
"""

import hashlib
import json
import struct
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field

from xxh3 import M32, xxh3_128, xxh3_64

MAGIC = bytes.fromhex("895354 45540d0a1a")
COMMIT_MAGIC = bytes.fromhex("c03d636f6d6d6974")
FORMAT_VERSION = 1
SECTOR = 4096
HEADER_BYTES = 3 * SECTOR
SLOT_BYTES = 112
COMMIT_BYTES = 64
FRAME_HEAD = 8
BLOCK_BYTES = 4096
FILTER_BITS = 32672
RECORD_BYTES_MAX = 16 << 20
CHUNK, REF, ABSENT_REF, BLOCKS, MANIFEST, COMMIT, PACK, DELTA = range(1, 9)
PACK_CHUNKS_MAX = 65536
PACK_BASES_MAX = 4096
PACK_BASES_BYTES_MAX = 4 << 20  # as unpacked
PACKED = 3  # beside the encodings: in a pack
NO_HASH = bytes(16)


class Damaged(Exception):
    def __init__(self, offset, reason):
        super().__init__(f"offset {offset}: {reason}")


class NewerFormat(Exception):
    pass


def check(true, offset, reason):
    if not true:
        raise Damaged(offset, reason)


def print_what(read):
    """The end of a command: what `read` says of the file that is named, as JSON, or what is wrong with it."""
    with open(sys.argv[1], "rb") as file:
        data = file.read()
    try:
        json.dump(read(data), sys.stdout, indent=1, ensure_ascii=False)
        print()
    except Damaged as error:
        sys.exit(f"damaged: {sys.argv[1]}: {error}")
    except NewerFormat as error:
        sys.exit(f"newer_format: {sys.argv[1]}: {error}")


# --- Records --------------------------------------------------------------------------------------------------

def content_size(frame):
    """What a zstd frame says that it unpacks to (RFC 8878, 3.1.1.1), or None."""
    if len(frame) < 6 or frame[:4] != bytes.fromhex("28b52ffd"):
        return None
    flags = frame[4]
    single_segment = flags >> 5 & 1
    width = (single_segment, 2, 4, 8)[flags >> 6]
    at = 5 + (1 - single_segment) + (0, 1, 2, 4)[flags & 3]  # behind the window and the dictionary's id
    size = int.from_bytes(frame[at:at + width], "little")
    return None if width == 0 else size + 256 if width == 2 else size


def decompressed(frame, offset, prefix=b""):
    # The standard library has no zstd.
    with tempfile.NamedTemporaryFile() as file:
        file.write(prefix)
        file.flush()
        command = ["zstd", "-dcq"] + (["--patch-from=" + file.name] if prefix else [])
        done = subprocess.run(command, input=frame, capture_output=True, check=False)
    check(done.returncode == 0, offset, "a frame that zstd can't unpack")
    check(len(done.stdout) == content_size(frame), offset, "a frame that unpacks to another length than it states")
    return done.stdout


def unpacked(record, offset, chunks):
    """The chunk of a record; `chunks` are those of the batches before."""
    check(record, offset, "a record without its encoding")
    encoding = record[0]
    if encoding == 0:
        return record[1:]
    if encoding == 2:
        return with_difference(record, offset, chunks)
    if encoding != 1:
        raise NewerFormat(f"offset {offset}: a record of encoding {encoding}, which format version 1 doesn't have")
    check(len(record) >= 5, offset, "a compressed record that ends too early")
    length = struct.unpack_from("<I", record, 1)[0]
    check(length < RECORD_BYTES_MAX, offset, "a chunk of more than 16 MiB")
    check(content_size(record[5:]) == length, offset, "a record whose frame states another length, or none")
    return decompressed(record[5:], offset)


class Numbers:
    """LEB128 numbers and what lies between them."""

    def __init__(self, data, offset):
        self.data, self.offset, self.at = data, offset, 0

    def next(self):
        value = 0
        for shift in range(0, 35, 7):
            check(self.at < len(self.data), self.offset, "a number that is cut off")
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value
        check(False, self.offset, "a number that is too long")

    def take(self, length):
        check(length <= len(self.data) - self.at, self.offset, "bytes that aren't there")
        self.at += length
        return self.data[self.at - length:self.at]

    @property
    def at_end(self):
        return self.at == len(self.data)


def with_difference(record, offset, chunks):
    check(len(record) >= 38, offset, "a delta that ends too early")
    check(record[1] > 0, offset, "a delta of no depth")
    check(record[2:34] in chunks, offset, "a delta whose base isn't in the log before it")
    length, = struct.unpack_from("<I", record, 34)
    check(length < RECORD_BYTES_MAX, offset, "a chunk of more than 16 MiB")
    base = Numbers(chunks[record[2:34]].data, offset)
    difference = Numbers(record[38:], offset)
    parts = []
    while not difference.at_end:
        kept, left_out, added = difference.next(), difference.next(), difference.next()
        parts.append(base.take(kept))
        base.take(left_out)
        parts.append(difference.take(added))
    chunk = b"".join(parts) + base.data[base.at:]
    check(len(chunk) == length, offset, "a delta that gives another length than it says")
    return chunk


def chunks_of_pack(pack, offset, prefix):
    """The chunks, each made whole by the ids of those before it."""
    check(len(pack) >= 8, offset, "a pack that ends too early")
    count, table_bytes = struct.unpack_from("<II", pack)
    check(count <= PACK_CHUNKS_MAX, offset, "a pack of too many chunks")
    size = content_size(pack[8:])
    check(size is not None and table_bytes <= size <= RECORD_BYTES_MAX, offset, "a pack of a size that can't be")
    content = decompressed(pack[8:], offset, prefix)
    table, rest = Numbers(content[:table_bytes], offset), Numbers(content[table_bytes:], offset)
    chunks, ids = [], []
    for _ in range(count):
        length, links = table.next(), table.next()
        chunk, at = bytearray(rest.take(length)), 0
        for _ in range(links):
            at += table.next()
            back = table.next()
            check(at + 32 <= length and 1 <= back <= len(ids), offset, "an id in a pack that can't be there")
            chunk[at:at + 32] = ids[-back]
            at += 32
        chunks.append(bytes(chunk))
        ids.append(hashlib.sha256(chunk).digest())
    check(table.at_end and rest.at_end, offset, "a pack with more than its chunks")
    return list(zip(ids, chunks))


# --- Header ---------------------------------------------------------------------------------------------------

@dataclass
class Slot:
    offset: int
    generation: int
    recovery_epoch: int
    recovery_from: int
    manifest: int
    manifest_bytes: int
    log_from: int
    sequence: int
    commit_hash: bytes
    commit_epoch: int
    durable_sequence: int
    folder_synced: int


def slot_at(data, offset, salt):
    """None where it isn't whole: the other one, or the log from its beginning, serves then."""
    content, found = data[offset:offset + SLOT_BYTES - 16], data[offset + SLOT_BYTES - 16:offset + SLOT_BYTES]
    if xxh3_128(salt + content) != found:
        return None
    slot = Slot(offset, *struct.unpack("<7Q16s3Q", content))
    return slot if slot.generation < 1 << 63 else None


def read_header(data):
    """The salt and the slots that are whole, the newest first."""
    check(data[:8] == MAGIC, 0, "this is no store")
    check(len(data) >= 12, 8, "the file ends within its header")
    version, = struct.unpack_from("<I", data, 8)
    if version > FORMAT_VERSION:
        raise NewerFormat(f"offset 8: format version {version}; this reads version {FORMAT_VERSION}")
    check(len(data) >= HEADER_BYTES, len(data), "the file ends within its header")
    check(xxh3_128(bytes(16) + data[:32]) == data[32:48], 32, "the header's hash is wrong")
    check(version == FORMAT_VERSION, 8, f"there is no format version {version}")
    check(struct.unpack_from("<I", data, 12)[0] == HEADER_BYTES, 12, "the header has another size")
    for begin, end in ((48, SECTOR), (SECTOR + SLOT_BYTES, 2 * SECTOR), (2 * SECTOR + SLOT_BYTES, HEADER_BYTES)):
        check(not any(data[begin:end]), begin, "the header isn't zero where nothing is")
    salt = data[16:32]
    slots = [slot for slot in (slot_at(data, at, salt) for at in (SECTOR, 2 * SECTOR)) if slot]
    for slot in slots:
        check(slot.generation % 2 == slot.offset // SECTOR - 1, slot.offset, "a slot in the place of the other one")
        check(slot.folder_synced in (0, 1), slot.offset + 88, "neither synced nor not synced")
    return salt, sorted(slots, key=lambda slot: -slot.generation)


# --- The log --------------------------------------------------------------------------------------------------

@dataclass
class Chunk:
    data: bytes
    offset: int  # of its frame
    record_bytes: int
    mark: int
    encoding: int


@dataclass
class Commit:
    begin: int
    end: int
    sequence: int
    recovery_epoch: int
    hash: bytes


@dataclass
class StoreFile:
    data: bytes
    salt: bytes
    slots: list
    commits: list = field(default_factory=list)
    chunks: dict = field(default_factory=dict)  # id: Chunk
    packed: dict = field(default_factory=dict)  # id: offset of the pack's frame
    starts: set = field(default_factory=set)  # of the ids in packs, 8 bytes each
    refs: dict = field(default_factory=dict)  # name (bytes): (value, offset of its frame)
    manifests: dict = field(default_factory=dict)  # offset of the payload: its length and the commit
    index: dict = field(default_factory=lambda: {"runs": 0, "entries": 0})  # of the last manifest
    torn_from: int = None  # where a batch begins that was never acknowledged

    @property
    def end(self):
        return self.commits[-1].end if self.commits else HEADER_BYTES


def commit_at(data, salt, payload):
    """The commit whose payload is there, and whether its hash is right over its own batch; else None."""
    frame = struct.pack("<IB3x", COMMIT_BYTES, COMMIT)
    content = data[payload:payload + COMMIT_BYTES]
    if data[payload - FRAME_HEAD:payload] != frame or len(content) < COMMIT_BYTES or content[:8] != COMMIT_MAGIC:
        return None
    sequence, recovery_epoch, begin, before, found = struct.unpack("<3Q16s16s", content[8:])
    if not HEADER_BYTES <= begin <= payload - FRAME_HEAD:
        return None
    if xxh3_128(salt + data[begin:payload + 48]) != found:
        return None
    return Commit(begin, payload + COMMIT_BYTES, sequence, recovery_epoch, found), before


def frames_of_batch(data, begin):
    """The frames up to a commit, as (kind, offset, payload); None where no whole batch begins here."""
    frames = []
    at = begin
    while at + FRAME_HEAD <= len(data):
        length, kind, nothing = struct.unpack_from("<IB3s", data, at)
        payload = data[at + FRAME_HEAD:at + FRAME_HEAD + length]
        if kind == 0 or any(nothing) or len(payload) < length:
            return None
        frames.append((kind, at, payload))
        if kind == COMMIT:
            return frames
        at += FRAME_HEAD + length
    return None


def next_batch(file):
    """The frames and the commit of the batch that follows, or None where the log ends."""
    begin = file.end
    frames = frames_of_batch(file.data, begin)
    found = frames and commit_at(file.data, file.salt, frames[-1][1] + FRAME_HEAD)
    if not found:
        return None
    commit, before = found
    last = file.commits[-1] if file.commits else Commit(0, begin, 0, 0, NO_HASH)
    epoch_min = last.recovery_epoch
    if file.slots and begin >= file.slots[0].recovery_from:
        epoch_min = max(epoch_min, file.slots[0].recovery_epoch)
    if (commit.begin, commit.sequence, before) != (begin, last.sequence + 1, last.hash):
        return None
    return (frames[:-1], commit) if commit.recovery_epoch >= epoch_min else None


def take_chunk(file, kind, offset, payload):
    check(40 < len(payload) <= 40 + RECORD_BYTES_MAX, offset, "a chunk's frame of a length that can't be")
    id, record = payload[:32], payload[40:]
    data = unpacked(record, offset, file.chunks)
    check((record[0] == 2) == (kind == DELTA), offset, "a frame of another kind than its record")
    check(hashlib.sha256(data).digest() == id, offset, "a chunk that doesn't have its id")
    file.chunks[id] = Chunk(data, offset, len(record), struct.unpack_from("<Q", payload, 32)[0], record[0])


def take_pack(file, offset, payload):
    check(12 <= len(payload) <= 12 + RECORD_BYTES_MAX, offset, "a pack's frame of a length that can't be")
    mark, bases = struct.unpack_from("<QI", payload)
    check(bases <= PACK_BASES_MAX and 12 + 6 * bases <= len(payload), offset, "a pack with too many bases")
    singles = {chunk.offset: chunk for chunk in file.chunks.values() if chunk.encoding in (0, 1)}
    prefix = b""
    for at in range(12, 12 + 6 * bases, 6):
        place = int.from_bytes(payload[at:at + 6], "little")
        check(place in singles, offset, f"a pack whose base isn't at {place}")
        prefix += singles[place].data
    check(len(prefix) <= PACK_BASES_BYTES_MAX, offset, "a pack whose bases are too much")
    for id, data in chunks_of_pack(payload[12 + 6 * bases:], offset, prefix):
        check(id[:8] not in file.starts, offset, "two chunks in packs whose ids begin alike")
        file.starts.add(id[:8])
        file.packed[id] = offset
        if id not in file.chunks:
            file.chunks[id] = Chunk(data, offset, None, mark, PACKED)


def take_ref(file, kind, offset, payload):
    check(len(payload) >= 2, offset, "a ref without a name")
    length, = struct.unpack_from("<H", payload)
    name, value = payload[2:2 + length], payload[2 + length:]
    check(1 <= length <= 1024 and len(name) == length, offset, "a ref's name of a length that can't be")
    if kind == ABSENT_REF:
        check(not value, offset, "a deleted ref with a value")
        file.refs.pop(name, None)
        return
    check(len(value) <= 1024, offset, "a ref's value that is too long")
    file.refs[name] = (value, offset)


def take_batch(file, frames, commit):
    kinds = {kind for kind, _, _ in frames}
    content = {CHUNK, DELTA, PACK, REF, ABSENT_REF}
    if not kinds <= content | {BLOCKS, MANIFEST}:
        raise NewerFormat(f"offset {commit.begin}: a batch with a frame of kind {max(kinds)}, which format version 1 "
                          "doesn't have")
    check(kinds <= content or kinds <= {BLOCKS, MANIFEST}, commit.begin,
          "a batch of both an index and content")
    for kind, offset, payload in frames:
        if kind in (CHUNK, DELTA):
            take_chunk(file, kind, offset, payload)
        elif kind == PACK:
            take_pack(file, offset, payload)
        elif kind in (REF, ABSENT_REF):
            take_ref(file, kind, offset, payload)
        elif kind == MANIFEST:
            file.manifests[offset + FRAME_HEAD] = (len(payload), commit)
            check_index(file, offset + FRAME_HEAD, payload)
    file.commits.append(commit)


def check_tail(file):
    """What follows the log: zeros, a torn end, or a sign that something in between is gone."""
    rest = file.data[file.end:]
    if not any(rest):
        return
    last = file.commits[-1].sequence if file.commits else 0
    at = rest.find(COMMIT_MAGIC)
    while at >= 0:
        found = commit_at(file.data, file.salt, file.end + at)
        check(not found or found[0].sequence < last + 2, file.end,
              "no whole batch is here, and a later one follows" + (f" at {found[0].begin}" if found else ""))
        at = rest.find(COMMIT_MAGIC, at + 1)
    file.torn_from = file.end


def check_slot(file, slot):
    """What a slot says, against the log."""
    known = {(HEADER_BYTES, 0, NO_HASH, 0)} | {(c.end, c.sequence, c.hash, c.recovery_epoch) for c in file.commits}
    check((slot.log_from, slot.sequence, slot.commit_hash, slot.commit_epoch) in known, slot.offset + 40,
          f"the batch that the slot names isn't in the log, which ends at {file.end}")
    check(slot.durable_sequence <= len(file.commits), slot.offset + 80,
          f"batch {slot.durable_sequence} was durable; the log ends at {file.end} with batch {len(file.commits)}")
    if slot.manifest:
        length, commit = file.manifests.get(slot.manifest, (None, None))
        check(length == slot.manifest_bytes and commit.sequence == slot.sequence, slot.offset + 24,
              "the manifest that the slot names isn't in its batch")


def read_file(data):
    salt, slots = read_header(data)
    file = StoreFile(data, salt, slots)
    while batch := next_batch(file):
        take_batch(file, *batch)
    check_tail(file)
    for slot in slots:
        check_slot(file, slot)
    return file


# --- The index ------------------------------------------------------------------------------------------------

def block_at(file, offset):
    block = file.data[offset:offset + BLOCK_BYTES]
    check(len(block) == BLOCK_BYTES, offset, "a block of an index that isn't there")
    seed = struct.unpack_from("<Q", file.salt)[0] ^ offset
    check(xxh3_64(block[:-8], seed) == struct.unpack("<Q", block[-8:])[0], offset, "the block's hash is wrong")
    return block


def entries_of(file, offset):
    """The level and the entries of a tree block."""
    block = block_at(file, offset)
    count, level, nothing = struct.unpack_from("<HBB", block)
    check(nothing == 0 and count > 0, offset, "a block of an index that is no tree block")
    entries, at = [], 4
    for _ in range(count):
        check(at + 4 <= BLOCK_BYTES - 8, offset, "a block's entries pass its end")
        key_bytes, value_bytes = struct.unpack_from("<HH", block, at)
        end = at + 4 + key_bytes + value_bytes
        check(end <= BLOCK_BYTES - 8, offset, "a block's entries pass its end")
        entries.append((block[at + 4:at + 4 + key_bytes], block[at + 4 + key_bytes:end]))
        at = end
    check(all(a[0] < b[0] for a, b in zip(entries, entries[1:])), offset, "a block's keys don't ascend")
    return level, entries


def leaves_below(file, first, number):
    """The numbers of the leaves below a block of a run, and their entries, in order."""
    offset = first + number * BLOCK_BYTES
    level, entries = entries_of(file, offset)
    if level == 0:
        return [number], entries
    numbers, below = [], []
    for key, value in entries:
        child = struct.unpack("<I", value)[0] if len(value) == 4 else number
        check(child < number, offset, "a child that isn't before its parent")
        child_level, child_entries = entries_of(file, first + child * BLOCK_BYTES)
        check(child_level == level - 1 and child_entries[0][0] == key, offset,
              "a child that isn't what its parent says")
        more, entries_more = leaves_below(file, first, child)
        numbers += more
        below += entries_more
    return numbers, below


def has_bits(filters, key):
    h = xxh3_64(key)
    bits = filters[(h >> 32) * len(filters) >> 32]
    step = h >> 17 & M32 | 1
    places = [((h & M32) + i * step & M32) % FILTER_BITS for i in range(6)]
    return all(bits[4 + place // 8] >> place % 8 & 1 for place in places)


def entries_of_run(file, first, leaves, trees, filters, count):
    check(0 < leaves <= trees and filters > 0 and first + (trees + filters) * BLOCK_BYTES <= len(file.data), first,
          "a run of blocks that aren't there")
    numbers, entries = leaves_below(file, first, trees - 1)
    check(numbers == list(range(leaves)), first, "a run whose tree doesn't lead to each of its leaves")
    check(len(entries) == count, first, "a run with another number of entries than its manifest says")
    check(all(a[0] < b[0] for a, b in zip(entries, entries[1:])), first, "a run's keys don't ascend")
    blocks = [block_at(file, first + number * BLOCK_BYTES) for number in range(trees, trees + filters)]
    check(all(block[3] == 1 for block in blocks), first, "a block that is no filter block")
    check(all(has_bits(blocks, key) for key, _ in entries), first, "a key that the filter doesn't have")
    return entries


def check_index(file, offset, manifest):
    """That the index is what the log says, up to here."""
    check(len(manifest) >= 20 and (len(manifest) - 20) % 28 == 0, offset, "a manifest of a length that can't be")
    check(xxh3_128(file.salt + manifest[:-16]) == manifest[-16:], offset, "the manifest's hash is wrong")
    runs = list(struct.iter_unpack("<QIIIQ", manifest[4:-16]))
    check(len(runs) == struct.unpack_from("<I", manifest)[0], offset, "a manifest with another number of runs")
    found = {}
    for first, leaves, trees, filters, count in reversed(runs):
        found.update(entries_of_run(file, first, leaves, trees, filters, count))
    file.index = {"runs": len(runs), "entries": sum(run[4] for run in runs)}
    expected = {b"\1" + id: struct.pack("<QIQ", chunk.offset, chunk.record_bytes, chunk.mark)
                for id, chunk in file.chunks.items() if chunk.encoding != PACKED}
    expected |= {b"\3" + id[:8]: struct.pack("<Q", offset)[:6] for id, offset in file.packed.items()}
    expected |= {b"\2" + name: b"\1" + value for name, (value, _) in file.refs.items()}
    there = {key: value for key, value in found.items() if not (key[:1] == b"\2" and value == b"\0")}
    for key in expected.keys() | there.keys():
        check(expected.get(key) == there.get(key), offset, f"the index says otherwise than the log of {key!r}")
