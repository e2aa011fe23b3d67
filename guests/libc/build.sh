#!/usr/bin/env bash
# Builds the guest C library: guests/libc/build.sh [folder, default guests/libc/build] makes crt0.o and libc.a there.
# Needs gcc that knows -m32, and binutils.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=${1:-guests/libc/build}
. guests/libc/flags.sh
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for source in guests/libc/*/*.c guests/libc/*/*.S; do
  object=$work/$(basename "${source%.*}").o
  [ ! -e "$object" ] || { echo "two library files are called $(basename "$object")" >&2; exit 1; }
  # -fno-tree-loop-distribute-patterns: or gcc would make the loop of strlen a call of strlen.
  gcc "${common[@]}" "${warnings[@]}" "${target[@]}" -fno-tree-loop-distribute-patterns -c "$source" -o "$object"
done
mv "$work/crt0.o" "$out/crt0.o"
rm -f "$out/libc.a"
ar rcD "$out/libc.a" "$work"/*.o
