#!/usr/bin/env bash
# Exports a document with its history and has the readers of the IPLD project check every section. $1: stet.
set -euo pipefail
stet=$1
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export STET_STORE="file:$scratch/store.stet"
"$stet" -q save score "$here"/../../examples/*.json -m "first"
"$stet" -q set score /title '"Another title"'
"$stet" -q save small - --from json <<<'{"a": [1, 2.5, null, true], "b": {"c": "text"}}'
"$stet" -q export score small --history -o "$scratch/archive.car"
node "$here/read_car.mjs" "$scratch/archive.car"
# A byte that is changed must be seen, or the reader above checks nothing.
size=$(stat -c %s "$scratch/archive.car")
printf '\xff' | dd of="$scratch/archive.car" bs=1 seek=$((size - 3)) conv=notrunc status=none
if node "$here/read_car.mjs" "$scratch/archive.car" 2>/dev/null; then
  echo "a changed byte was not seen" >&2
  exit 1
fi
