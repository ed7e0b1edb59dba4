#!/usr/bin/env bash
# Installs the build in $1 into a scratch folder, then builds tests/install against it twice: by
# find_package and by pkg-config.
set -euo pipefail
build=$1
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cmake --install "$build" --prefix "$scratch/usr" >/dev/null
cmake -S "$here" -B "$scratch/by-cmake" -G Ninja -DCMAKE_PREFIX_PATH="$scratch/usr" >/dev/null
ninja -C "$scratch/by-cmake" --quiet
"$scratch/by-cmake/outside" "file:$scratch/one.stet"

config=$(dirname "$(find "$scratch/usr" -name stet.pc)")
# A relocated prefix: the file names the one it was configured with.
flags=$(PKG_CONFIG_PATH=$config pkg-config --define-variable=prefix="$scratch/usr" --cflags --libs stet)
# shellcheck disable=SC2086
g++ -std=c++20 "$here/outside.cpp" -o "$scratch/by-pkg-config" $flags
"$scratch/by-pkg-config" "file:$scratch/two.stet"
"$scratch/usr/bin/stet" --store "file:$scratch/two.stet" load song --compact
