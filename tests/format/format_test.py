#!/usr/bin/python3
"""The second reader over every golden file: what is in it, what a changed byte does, what a newer format does.

    format_test.py [SEED]
"""

import functools
import gzip
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import store_file
from cuts import cuts_of, subtrees_of
from read_archive import read_archive
from read_store import Reader, read_store
from store_file import (BLOCK_BYTES, BLOCKS, CHUNK, COMMIT_BYTES, FRAME_HEAD, HEADER_BYTES, MANIFEST, SECTOR,
                        SLOT_BYTES, Damaged, NewerFormat, frames_of_batch, read_file)
from trees import NODE
from xxh3 import xxh3_64, xxh3_128

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parent / "golden" / "v1"
GOLDEN = sorted(FOLDER.glob("*.stet.gz"))
ARCHIVES = sorted(FOLDER.glob("*.car.gz"))
SEED = int(os.environ.get("STET_SEED") or random.randrange(1 << 32))  # printed where a test fails
FLIPS = 200
LIES = 15

# Bytes that a file says, however its log is framed.
CONTENT = ("documents", "removed", "endings", "pins", "holds", "epoch")


def content_of(said):
    return {name: said[name] for name in CONTENT}


def expected(golden):
    return json.loads(golden.with_name(f"{golden.name.partition('.')[0]}.json").read_text(encoding="utf-8"))


def frames_of(file):
    """(kind, offset, payload) of all frames of the log."""
    return [frame for commit in file.commits for frame in frames_of_batch(file.data, commit.begin)]


def unproven_from(file):
    """Where the last batch begins, if no slot says that it was made durable (nobody closed the store): a change in
    it can't be told from a batch that was never acknowledged. Else where the log ends."""
    proven = file.slots and file.slots[0].durable_sequence >= len(file.commits)
    return file.end if proven else file.commits[-1].begin


def flipped(data, offset, bit):
    return data[:offset] + bytes([data[offset] ^ 1 << bit]) + data[offset + 1:]


def sealed(data, file, offset):
    """The data with the hashes of its commits right again, from the batch that holds `offset` on."""
    changed = bytearray(data)
    renamed = {}
    before = None
    for commit in file.commits:
        at = commit.end - COMMIT_BYTES
        if commit.end > offset:
            if before:
                changed[at + 32:at + 48] = before
            before = store_file.xxh3_128(file.salt + changed[commit.begin:at + 48])
            changed[at + 48:at + 64] = before
            renamed[commit.hash] = before
    for slot in file.slots:
        if slot.commit_hash in renamed:
            changed[slot.offset + 56:slot.offset + 72] = renamed[slot.commit_hash]
            end = slot.offset + SLOT_BYTES
            changed[end - 16:end] = xxh3_128(file.salt + changed[slot.offset:end - 16])
    return bytes(changed)


class Hashes(unittest.TestCase):
    # Of the bytes x[i] = i * 37 + (i >> 8) mod 256, by libxxhash 0.8.1.
    VECTORS = json.loads((HERE / "xxh3_vectors.json").read_text(encoding="utf-8"))

    def test_are_those_of_the_c_library(self):
        for length, seed, hash_64, hash_128 in self.VECTORS:
            data = bytes(i * 37 + (i >> 8) & 255 for i in range(length))
            self.assertEqual(f"{xxh3_64(data, int(seed, 16)):016x}", hash_64, length)
            self.assertEqual(xxh3_128(data).hex(), hash_128, length)


class GoldenFiles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.files = {golden: gzip.decompress(golden.read_bytes()) for golden in GOLDEN}
        # Most of a file is as it was after a flip.
        cls.originals = {name: getattr(store_file, name) for name in ("xxh3_128", "xxh3_64", "decompressed", "chunks_of_pack")}
        for name, function in cls.originals.items():
            cached = functools.lru_cache(maxsize=4096)(function)
            setattr(store_file, name, lambda data, *rest, cached=cached: cached(bytes(data), *rest))

    @classmethod
    def tearDownClass(cls):
        for name, function in cls.originals.items():
            setattr(store_file, name, function)

    def test_are_there_each_with_what_it_holds(self):
        self.assertGreaterEqual(len(GOLDEN), 13)
        self.assertGreaterEqual(len(ARCHIVES), 2)
        names = {golden.name.partition(".")[0] for golden in GOLDEN + ARCHIVES}
        self.assertEqual(names, {path.stem for path in FOLDER.glob("*.json")})

    def test_hold_what_they_held(self):
        for golden, data in self.files.items():
            with self.subTest(golden.name):
                self.assertEqual(read_store(data), expected(golden))

    def test_are_cut_where_the_page_says(self):
        nodes = 0
        for golden, data in self.files.items():
            reader = Reader(data)
            reader.shown()
            roots = [fields["root"].id for fields in reader.read_versions.values() if fields["kind"] == NODE]
            roots += [fields["source"]["root"].id for fields in reader.read_versions.values()
                      if fields.get("source", {}).get("kind") == NODE]
            for root in [tree for root in roots for tree in subtrees_of(reader.file.chunks, root)]:
                for found, by_the_page in cuts_of(reader.file.chunks, root):
                    with self.subTest(golden.name, root=root.hex()):
                        self.assertEqual(found, by_the_page)
                    nodes += len(found)
        self.assertGreater(nodes, 200)

    def test_with_a_changed_bit_are_damaged_or_hold_the_same(self):
        for golden, data in self.files.items():
            chance = random.Random(f"{SEED} {golden.name}")
            file = read_file(data)
            end, unproven = file.end, unproven_from(file)
            used = [offset for offset in range(HEADER_BYTES) if data[offset]]  # the header is mostly zeros
            frames = frames_of(file)
            content = content_of(expected(golden))
            tally = {"damaged": 0, "the same": 0, "torn": 0}
            for _ in range(FLIPS):
                _, frame, payload = chance.choice(frames)
                in_frame = frame + chance.randrange(FRAME_HEAD + len(payload))
                in_head = frame + chance.randrange(FRAME_HEAD)
                offset = chance.choice([chance.choice(used), chance.randrange(HEADER_BYTES), in_frame, in_head,
                                        chance.randrange(len(data))])
                bit = chance.randrange(8)
                with self.subTest(golden.name, offset=offset, bit=bit, seed=SEED):
                    try:
                        said = read_store(flipped(data, offset, bit))
                        if offset < HEADER_BYTES:
                            self.assertIn(offset % SECTOR, range(SLOT_BYTES), "only a slot may be missed")
                            self.assertEqual(said["slots"], 1)
                        if unproven <= offset < end:
                            self.assertEqual(said["torn_from"], unproven)
                            tally["torn"] += 1
                        else:
                            self.assertEqual(content_of(said), content)
                            tally["the same"] += 1
                    except NewerFormat:
                        self.assertIn(offset, range(8, 12), "a newer format where it isn't said")
                    except Damaged:
                        tally["damaged"] += 1
            print(f"{golden.name}: {FLIPS} flips: {tally}")
            self.assertGreater(tally["damaged"], FLIPS // 4, golden.name)

    def test_with_a_chunk_that_lies_in_a_whole_batch_are_damaged(self):
        """The hashes of the batches are right: only the chunk's id tells."""
        for golden, data in self.files.items():
            chance = random.Random(f"{SEED} {golden.name}")
            file = read_file(data)
            chunks = [(offset, len(payload)) for kind, offset, payload in frames_of(file) if kind == CHUNK]
            for _ in range(LIES):
                frame, length = chance.choice(chunks)
                offset = frame + FRAME_HEAD + chance.choice([chance.randrange(32), chance.randrange(40, length)])
                lying = sealed(flipped(data, offset, chance.randrange(8)), file, offset)
                with self.subTest(golden.name, offset=offset, seed=SEED):
                    try:
                        said = read_store(lying)
                    # The first byte of a record is its encoding, and may become a newer one.
                    except (Damaged, NewerFormat) as error:
                        self.assertIn(f"offset {frame}:", str(error))
                    else:
                        # A frame of zstd has a bit that nobody looks at, among others.
                        self.assertEqual(data[frame + FRAME_HEAD + 40], 1)
                        self.assertEqual(content_of(said), content_of(expected(golden)))

    def test_with_an_index_that_lies_in_a_whole_batch_are_damaged(self):
        golden, data = next((golden, data) for golden, data in self.files.items() if golden.name.startswith("indexed"))
        chance = random.Random(f"{SEED} {golden.name}")
        file = read_file(data)
        frames = [(offset + FRAME_HEAD, len(payload)) for kind, offset, payload in frames_of(file)
                  if kind in (BLOCKS, MANIFEST)]
        self.assertEqual(len(frames), 4)
        for payload, length in frames:
            for _ in range(LIES):
                offset = payload + chance.randrange(length)
                lying = sealed(flipped(data, offset, chance.randrange(8)), file, offset)
                block = payload + (offset - payload) // BLOCK_BYTES * BLOCK_BYTES
                with self.subTest(golden.name, offset=offset, seed=SEED):
                    with self.assertRaisesRegex(Damaged, rf"offset {block}: (the (block|manifest)'s hash|a manifest)"):
                        read_store(lying)

    def test_cut_short_are_damaged_unless_only_zeros_are_gone(self):
        for golden, data in self.files.items():
            file = read_file(data)
            self.assertEqual(content_of(read_store(data[:file.end])), content_of(expected(golden)))
            proven = unproven_from(file)
            chance = random.Random(f"{SEED} {golden.name}")
            for length in [proven - 1] + [chance.randrange(proven) for _ in range(20)]:
                with self.subTest(golden.name, length=length, seed=SEED), self.assertRaises(Damaged):
                    read_store(data[:length])

    def test_of_a_newer_format_are_refused_by_name(self):
        for golden, data in self.files.items():
            newer = data[:8] + struct.pack("<I", 2) + data[12:]
            with self.subTest(golden.name), self.assertRaisesRegex(NewerFormat, "format version 2"):
                read_store(newer)


    def test_with_a_newer_frame_or_record_are_refused_by_name(self):
        for golden, data in self.files.items():
            file = read_file(data)
            frame = next(offset for kind, offset, payload in frames_of(file) if kind == CHUNK and payload[40] == 0)
            for offset, bit, message in ((frame + 4, 3, "a frame of kind 9"),
                                         (frame + FRAME_HEAD + 40, 2, f"offset {frame}: a record of encoding 4")):
                with self.subTest(golden.name), self.assertRaisesRegex(NewerFormat, message):
                    read_store(sealed(flipped(data, offset, bit), file, offset))


class Archives(unittest.TestCase):
    def setUp(self):
        self.files = {golden: gzip.decompress(golden.read_bytes()) for golden in ARCHIVES}

    def test_hold_what_they_held(self):
        for golden, data in self.files.items():
            with self.subTest(golden.name):
                self.assertEqual(read_archive(data), expected(golden))

    def test_with_a_changed_bit_or_cut_short_are_damaged(self):
        for golden, data in self.files.items():
            chance = random.Random(f"{SEED} {golden.name}")
            for _ in range(FLIPS):
                offset, bit = chance.randrange(len(data)), chance.randrange(8)
                with self.subTest(golden.name, offset=offset, bit=bit, seed=SEED):
                    with self.assertRaises(Damaged):
                        read_archive(flipped(data, offset, bit))
                    with self.assertRaises(Damaged):
                        read_archive(data[:offset])


class Command(unittest.TestCase):
    def run_on(self, data):
        with tempfile.NamedTemporaryFile(suffix=".stet") as file:
            file.write(data)
            file.flush()
            return subprocess.run(["/usr/bin/python3", HERE / "read_store.py", file.name], capture_output=True,
                                  text=True, check=False)

    def test_prints_what_a_file_holds(self):
        done = self.run_on(gzip.decompress(GOLDEN[0].read_bytes()))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(json.loads(done.stdout), expected(GOLDEN[0]))

    def test_says_where_it_is_damaged(self):
        data = gzip.decompress(GOLDEN[0].read_bytes())
        done = self.run_on(flipped(data, HEADER_BYTES + 20, 0))
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, r"^damaged: .*\.stet: offset 12288: ")

    def test_refuses_a_newer_format(self):
        data = gzip.decompress(GOLDEN[0].read_bytes())
        done = self.run_on(flipped(data, 9, 0))
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, r"^newer_format: .*\.stet: offset 8: format version 257;")


if __name__ == "__main__":
    unittest.main()
