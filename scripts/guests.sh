#!/bin/bash
# Rebuilds every committed image from its source: BIOS, its tests, the harness of test/opinions, guest kernel, loader, programs, benchmarks. Needs gcc and binutils, nothing else.
#   --check   builds in a copy of the tree and compares byte for byte instead; skips, saying why, where the toolchain is another
set -euo pipefail
cd "$(dirname "$0")/.."
builders=(roms/bios/build.sh test/bios/build.sh test/opinions/guest/build.sh guests/build.sh bench/guest/build.sh)

if [ "${1:-}" != --check ]; then
  for builder in "${builders[@]}"; do bash "$builder"; done
  { gcc -dumpfullversion; ld --version | head -1 | grep -o '[0-9][0-9.]*$'; } > guests/toolchain.txt
  exit
fi

if ! command -v gcc >/dev/null || ! command -v ld >/dev/null; then
  echo 'skip: guest images not compared with their sources: no gcc here'
  exit
fi
here="$(gcc -dumpfullversion) $(ld --version | head -1 | grep -o '[0-9][0-9.]*$')"
there="$(tr '\n' ' ' < guests/toolchain.txt | sed 's/ $//')"
if [ "$here" != "$there" ]; then
  echo "skip: guest images not compared with their sources: gcc and ld are $here, the images were built by $there"
  exit
fi
copy="$(mktemp -d)"
trap 'rm -rf "$copy"' EXIT
cp -r roms guests "$copy/"
mkdir "$copy/test" "$copy/bench" && cp -r test/bios "$copy/test/" && mkdir "$copy/test/opinions" && cp -r test/opinions/guest "$copy/test/opinions/" && cp -r bench/guest "$copy/bench/"
for builder in "${builders[@]}"; do (cd "$copy" && bash "$builder" >/dev/null); done
status=0
while IFS= read -r file; do
  if ! cmp -s "$file" "$copy/$file"; then
    echo "differs from what its sources build: $file"
    status=1
  fi
done < <(git ls-files roms guests test/bios test/opinions/guest bench/guest)
[ $status = 0 ] && echo 'guest images equal what their sources build'
exit $status
