#!/usr/bin/python3
"""Checks what a compiler doesn't: that includes run down the ranks, that files stay short, that one
thing has one name. Prints every break as FILE:LINE: what, and exits 1 if there is one."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# A room includes itself and rooms of a lower rank only; equal ranks never see each other.
RANKS = {
    "base": 0,
    "os": 1, "value": 1, "seam": 1,
    "codec": 2, "engine": 2, "layer": 2, "safefile": 2, "schema": 2,
    "tree": 3,
    "history": 4,
    "store": 5,
    "live": 6,
    "kits": 7,
    "cli": 8, "server": 8,
}

# The hard end of a file's length. It may only go down.
FILE_LINES_MAX = 500

# Words in code that would be a second name for something, and the rooms where they have a meaning of their
# own (a commit is the frame that closes a batch in a file; a block is what an archive of IPLD holds, and a
# part of an index on disk).
WORDS = [
    (r"\boids?\b", "id", ()),
    (r"\bblobs?\b", "chunk or bytes", ()),
    (r"\bsha1\b", "id", ()),
    (r"\bsubdocuments?\b", "document or value", ()),
    (r"(\b|_)commits?(\b|_)", "version (a commit closes a batch in a file)", ("engine", "layer")),
    (r"(\b|_)blocks?(\b|_)", "chunk", ("codec", "engine", "cli", "store")),
    (r"(\b|_)revisions?(\b|_)", "version", ()),
]

INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]')


def tracked(*patterns):
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "--", *patterns], cwd=ROOT,
                         check=True, capture_output=True, text=True).stdout
    return [ROOT / name for name in out.splitlines() if (ROOT / name).exists()]


def room_of(parts):
    """The room of a path below src/ or include/stet/, or of an include."""
    if not parts:
        return None
    name = parts[0].removesuffix(".hpp").removesuffix(".cpp")
    return name if name in RANKS else None


def included_room(target):
    parts = target.split("/")
    if parts[0] == "stet":
        parts = parts[1:]
    elif len(parts) == 1:
        return None
    return room_of(parts)


def own_room(path):
    parts = path.relative_to(ROOT).parts
    if parts[0] == "src":
        return room_of(parts[1:])
    if parts[:2] == ("include", "stet"):
        return room_of(parts[2:])
    return None


def check_includes(path, lines, complain):
    room = own_room(path)
    if room is None:
        # stet.hpp, the umbrella, is above every room.
        if path.relative_to(ROOT).parts[0] in ("src", "include") and path.name != "stet.hpp":
            complain(path, 1, "this file is in no room")
        return
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        target = included_room(match.group(1))
        if target and target != room and RANKS[target] >= RANKS[room]:
            complain(path, number, f"{room} (rank {RANKS[room]}) includes {target} (rank {RANKS[target]})")


def check_words(path, lines, complain):
    room = own_room(path)
    for number, line in enumerate(lines, 1):
        # What people read (texts, comments) is judged by people.
        text = re.sub(r'"(?:[^"\\]|\\.)*"', '""', line).partition("//")[0]
        for pattern, instead, allowed in WORDS:
            if room not in allowed and re.search(pattern, text, re.IGNORECASE):
                word = re.search(pattern, text, re.IGNORECASE).group(0)
                complain(path, number, f"'{word}': say {instead}")


def check_readme(complain):
    """The README's example is the one that is compiled and run."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    example = (ROOT / "examples" / "quickstart.cpp").read_text(encoding="utf-8")
    shown = re.search(r"```cpp\n(.*?)```", readme, re.DOTALL)
    if not shown or shown.group(1).strip() != example.strip():
        complain(ROOT / "README.md", 1, "the example is not examples/quickstart.cpp")


def main():
    breaks = []

    def complain(path, line, what):
        breaks.append(f"{path.relative_to(ROOT)}:{line}: {what}")

    for path in tracked("*.cpp", "*.hpp"):
        lines = path.read_text(encoding="utf-8").splitlines()
        if len(lines) > FILE_LINES_MAX:
            complain(path, len(lines), f"{len(lines)} lines; the limit is {FILE_LINES_MAX}")
        check_includes(path, lines, complain)
        if own_room(path):
            check_words(path, lines, complain)
        if path.suffix == ".hpp" and "#pragma once" not in lines:
            complain(path, 1, "no #pragma once")
    check_readme(complain)
    print("\n".join(breaks))
    sys.exit(1 if breaks else 0)


if __name__ == "__main__":
    main()
