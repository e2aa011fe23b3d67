#!/bin/sh
# Builds bios.rom from the sources beside it. Needs binutils only; the same sources give the same bytes.
# `build.sh FILE.elf` keeps the linked ELF too, for its symbols.
set -eu
export LC_ALL=C
cd "$(dirname "$0")"
objects=$(mktemp -d)
trap 'rm -rf "$objects"' EXIT
for source in *.s; do
  as --32 -o "$objects/${source%.s}.o" "$source"
done
ld -m elf_i386 -T bios.ld -o "$objects/bios.elf" "$objects"/*.o
objcopy -O binary -j .rom "$objects/bios.elf" bios.rom
[ $# -eq 0 ] || cp "$objects/bios.elf" "$1"
used=$(nm "$objects/bios.elf" | sed -n 's/^\([0-9a-f]*\) . rom_used$/\1/p')
echo "bios.rom: $(wc -c < bios.rom) bytes, code to F000:$(printf %04X "0x$used")"
