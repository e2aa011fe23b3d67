#!/bin/sh
# Builds the test images from the sources beside it: NAME.s -> NAME.img. Needs binutils only.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for source in *.s; do
  name=${source%.s}
  as --32 -o "$work/$name.o" "$source"
  ld -m elf_i386 -Ttext 0x7C00 -e start -o "$work/$name.elf" "$work/$name.o"
  objcopy -O binary -j .text "$work/$name.elf" "$name.img"
  echo "$name.img: $(wc -c < "$name.img") bytes"
done
