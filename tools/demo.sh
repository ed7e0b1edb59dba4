#!/usr/bin/env bash
# Shows Stet at its main job on a real document: ./dev demo [FILE]. Ends with an error where anything
# isn't as promised. Works on a copy in a temporary folder; FILE is only read.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
program=$here/build/stet
original=$(realpath "${1:-$here/examples/canon.json}")
[ -x "$program" ] || { echo "there is no build/stet: run ./dev build" >&2; exit 2; }
[ -f "$original" ] || { echo "$original is no file" >&2; exit 2; }

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
unset STET_STORE STET_AUTHOR
file=./$(basename "$original")
cp "$original" "$file"
size=$(stat -c %s "$file")

stet() { "$program" "$@"; }
say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
note() { printf '  %s\n' "$*"; }
fail() {
  printf '\n\033[31mnot as promised: %s\033[0m\n' "$*" >&2
  exit 1
}
# Shows a command as one types it, and runs it.
run() {
  local word line='$ stet'
  for word in "$@"; do
    [[ $word =~ ^[A-Za-z0-9_./~:=-]+$ ]] && line+=" $word" || line+=" '$word'"
  done
  echo "$line"
  stet "$@"
}
# member NAME: the number of that name in a JSON object on standard input.
member() { sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p"; }

# A file that Stet can read is a document of values; any other is bytes, and is edited as bytes.
from=()
edit_pointer=
case $file in
  *.json | *.dag-json | *.cbor | *.dag-cbor | *.car)
    if stet convert "$file" read.json 2>/dev/null; then
      case $(head -c 1 read.json) in
        '{') edit_pointer=/stet-demo ;;
        '[') edit_pointer=/- ;;
      esac
    else
      from=(--from bytes)
    fi
    ;;
esac
# In the demo's own score, a note.
note_pointer=/voices/0/measures/20/notes/2/pitch
if [ -n "$edit_pointer" ] && stet load "$file" "$note_pointer" >/dev/null 2>&1; then
  edit_pointer=$note_pointer
fi

# edit HOW N MESSAGE [OPTION …]: the document with its N-th small change, saved by HOW (run or stet).
edit() {
  local how=$1 number=$2 message=$3
  shift 3
  if [ -n "$edit_pointer" ]; then
    "$how" set music "$edit_pointer" "\"A$number\"" -m "$message" "$@"
  else
    { cat "$file" && printf '%s' "$number"; } >edited
    "$how" save music edited --from bytes -m "$message" "$@"
  fi
}

say "1. Save $(basename "$file"), $size bytes, and keep the original beside it"
run save music "$file" "${from[@]}" --keep-source -m 'as it came' --explain
run show music
stet load music --source | cmp - "$file" || fail "the original did not come back byte for byte"
note "the original comes back byte for byte: stet load music --source"

say "2. Change one place: the save costs the change, not the document"
edit run 4 'one small change' --explain
cost=$(edit stet 5 'and another' --explain --json)
flushes=$(member flushes <<<"$cost")
note "another one: $(member bytes_written <<<"$cost") bytes and $flushes flush, for a document of $size bytes"
[ "$flushes" = 1 ] || fail "a save waited for $flushes flushes, not 1"

say "3. Every version stays"
run list
run log music
run diff music~2 music~1 || [ $? = 1 ] || fail "diff"
run restore music~2 -m 'as it came, again'
stet diff music~3 music >/dev/null || fail "what was restored differs from what was saved"
run verify

say "4. Kill it while it saves, again and again"
cat >writer.sh <<'WRITER'
# Adds a number to a list, a save each, and writes down those that Stet said it saved.
number=$2
while :; do
  number=$((number + 1))
  "$1" set numbers /- "$number" --quiet && echo "$number" >>acknowledged
done
WRITER
stet set numbers '' '[]' --quiet
: >acknowledged
rounds=8
for ((round = 1; round <= rounds; round++)); do
  setsid bash writer.sh "$program" "${round}00000" 2>/dev/null &
  writer=$!
  sleep "0.$((RANDOM % 300 + 150))"
  kill -KILL -- "-$writer"
  wait "$writer" 2>/dev/null || true
done
acknowledged=$(wc -l <acknowledged)
stet load numbers --compact | tr -d '[]\n' | tr ',' '\n' | sort >saved
lost=$(sort acknowledged | comm -23 - saved | wc -l)
note "$rounds times killed; $acknowledged saves were acknowledged, $lost of them are lost"
[ "$acknowledged" -gt 0 ] || fail "no save was acknowledged at all"
[ "$lost" = 0 ] || fail "$lost acknowledged saves are lost"
run verify

say "5. Give back the space of what is no longer wanted"
run remove numbers
run compact
run verify
stet load music --source | cmp - "$file" || fail "the original did not survive compaction"
if [ -n "$edit_pointer" ]; then
  [ "$(stet load music | stet id - --from json)" = "$(stet load "$file" | stet id - --from json)" ] ||
    fail "the document is not what it was"
fi

say "Everything was as promised."
