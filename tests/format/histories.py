"""Versions and how they descend from each other, as "Versions" and "Boundaries" of docs/format.md have it."""

import hashlib

from dag_cbor import Link, encoded, shown, text_of_id
from store_file import NewerFormat, check
from trees import Trees

VALUE_BYTES_SHOWN_MAX = 512
VERSION_BYTES_MAX = 256 << 10

INT64 = range(-1 << 63, 1 << 63)
UNSIGNED = range(1 << 64)


def is_number(value, of=UNSIGNED):
    return type(value) is int and value in of


def is_text(value):
    return isinstance(value, str)


def is_id(value):
    return isinstance(value, Link) and value.id is not None


def is_ids(value):
    return isinstance(value, list) and all(map(is_id, value))


SOURCE_FIELDS = {"kind": (is_number, True), "root": (is_id, True), "format": (is_text, True)}
VERSION_FIELDS = {  # name: (what it is, whether it must be there)
    "kind": (is_number, True),
    "root": (is_id, True),
    "skip": (is_id, False),
    "bytes": (is_number, True),
    "nonce": (lambda value: isinstance(value, bytes) and len(value) == 8, True),
    "author": (is_text, True),
    "labels": (lambda value: isinstance(value, dict) and value and all(map(is_text, value.values())), False),
    "schema": (is_text, False),
    "source": (lambda value: isinstance(value, dict), False),
    "message": (is_text, True),
    "parents": (is_ids, True),
    "time_ms": (lambda value: is_number(value, INT64), True),
    "generation": (is_number, True),
}
BOUNDARY_FIELDS = {"thin": (is_ids, True), "shallow": (is_ids, True), "generation": (is_number, True)}


def check_fields(fields, known, offset, what):
    """That a record has the fields that it must have, each of its kind. One more makes it newer."""
    check(isinstance(fields, dict), offset, f"a {what} that is no map")
    for name, value in fields.items():
        if name not in known:
            raise NewerFormat(f"offset {offset}: a {what} with a field {name!r}, which format version 1 doesn't have")
        check(known[name][0](value), offset, f"a {what} whose field {name} is of a wrong kind")
        if name == "kind" and value not in (0, 1):
            raise NewerFormat(f"offset {offset}: a root of kind {value}, which format version 1 doesn't have")
    missing = [name for name, (_, needed) in known.items() if needed and name not in fields]
    check(not missing, offset, f"a {what} without {', '.join(missing)}")


class Histories:
    """Reads from `chunks`, of ids to Chunk."""

    def __init__(self, chunks):
        self.chunks = chunks
        self.trees = Trees(chunks)
        self.read_versions = {}  # id: fields; each is checked once, however many documents have it

    # --- Versions ---------------------------------------------------------------------------------------------

    def version(self, id, at):
        """The fields of a version's record."""
        if id in self.read_versions:
            return self.read_versions[id]
        fields, offset = self.trees.decoded(id, at)
        check_fields(fields, VERSION_FIELDS, offset, "version")
        if "source" in fields:
            check_fields(fields["source"], SOURCE_FIELDS, offset, "source")
        check(len(self.chunks[id].data) <= VERSION_BYTES_MAX, offset, "a version of more than 256 KiB")
        check("skip" not in fields or len(fields["parents"]) == 1, offset, "a skip beside another number of parents")
        self.read_versions[id] = fields
        return fields

    def content(self, fields, at):
        """What a version keeps, as JSON: the id of its plain DAG-CBOR, the value where it is small, its source."""
        value, size = self.trees.read(fields["root"].id, fields["kind"], at)
        check(size == fields["bytes"], at, "a version whose value is of another size than it says")
        plain = encoded(value)
        check(len(plain) == size, at, "a value whose sizes don't add up")
        found = {"content": text_of_id(hashlib.sha256(plain).digest())}
        if size <= VALUE_BYTES_SHOWN_MAX:
            found["value"] = shown(value)
        if "source" in fields:
            source = fields["source"]
            kept, _ = self.trees.read(source["root"].id, source["kind"], at)
            check(isinstance(kept, bytes), at, "a kept source that isn't bytes")
            found["source"] = {"format": source["format"], "bytes": len(kept),
                               "content": text_of_id(hashlib.sha256(kept).digest())}
        return found

    def version_shown(self, id, fields, thin):
        at = self.chunks[id].offset
        content = {"thin": True} if thin else self.content(fields, at)
        said = {name: fields[name] for name in ("kind", "bytes", "time_ms", "author", "message", "generation")}
        said |= {name: fields[name] for name in ("labels", "schema") if name in fields}
        said |= {"root": text_of_id(fields["root"].id), "nonce": fields["nonce"].hex(),
                 "parents": [text_of_id(parent.id) for parent in fields["parents"]]}
        if "skip" in fields:
            said["skip"] = text_of_id(fields["skip"].id)
        return {"id": text_of_id(id)} | said | content

    # --- Histories --------------------------------------------------------------------------------------------

    def boundary(self, id, at):
        """What a boundary's chunk says."""
        return self.checked_boundary(*self.trees.decoded(id, at))

    @staticmethod
    def checked_boundary(fields, offset):
        """thin, shallow and generation."""
        check_fields(fields, BOUNDARY_FIELDS, offset, "boundary")
        thin, shallow = ([link.id for link in fields[name]] for name in ("thin", "shallow"))
        for ids in (thin, shallow):
            check(ids == sorted(set(ids)), offset, "a boundary whose ids are out of order")
        return set(thin), set(shallow), fields["generation"]

    def parents_kept(self, id, fields, shallow, oldest):
        """The parents of a version that the boundary doesn't declare gone."""
        at = self.chunks[id].offset
        kept = []
        for parent in (link.id for link in fields["parents"]):
            stored = parent in self.chunks or id not in shallow  # else it must be there: a chunk is missing
            if stored and self.version(parent, at)["generation"] >= oldest:
                kept.append(parent)
        check(len(kept) == len(fields["parents"]) or id in shallow, at,
              "a version with a parent that is gone, and no boundary says so")
        generations = [self.version(parent, at)["generation"] for parent in kept]
        if id not in shallow:
            check(fields["generation"] == max(generations, default=-1) + 1, at, "a generation that doesn't follow")
        check(all(generation < fields["generation"] for generation in generations), at,
              "a generation that isn't above a parent's")
        return kept

    def check_skip(self, id, history):
        """A skip is an ancestor on the main line, as many steps away as the generations differ."""
        step, skip = id, history[id].get("skip")
        at = self.chunks[id].offset
        if skip is None:
            return
        while step in history and step != skip.id:
            check(len(history[step]["parents"]) == 1, at, "a skip that passes a version without one parent")
            step = history[step]["parents"][0].id

    def history(self, head, boundary, at):
        """The versions from a head to the boundary (as above, or None), the newest first, as JSON."""
        thin, shallow, oldest = boundary or (set(), set(), 0)
        history, open_ids = {}, [head]
        while open_ids:
            id = open_ids.pop()
            if id not in history:
                history[id] = self.version(id, at)
                open_ids += self.parents_kept(id, history[id], shallow, oldest)
        check(thin <= history.keys() and shallow <= history.keys(), at, "a boundary that names versions not kept")
        if boundary:
            check(min(fields["generation"] for fields in history.values()) == oldest, at,
                  "a boundary with another generation than its oldest version")
        for id in history:
            self.check_skip(id, history)
        order = sorted(history, key=lambda id: (-history[id]["generation"], id))
        found = {"head": text_of_id(head),
                 "versions": [self.version_shown(id, history[id], id in thin) for id in order]}
        if boundary:
            found["boundary"] = {"thin": sorted(map(text_of_id, thin)), "shallow": sorted(map(text_of_id, shallow)),
                                 "generation": oldest}
        return found
