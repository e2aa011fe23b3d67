#!/bin/sh
# Builds harness.img: boot sector and harness, 65 sectors; the table of cases goes right behind it. The same sources give the same bytes.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
FLAGS="-m32 -ffreestanding -march=i686 -Os -fno-pic -fno-stack-protector -fno-asynchronous-unwind-tables -mgeneral-regs-only
 -fno-ident -std=gnu11 --param=min-pagesize=0 -Wall -Wextra"
LINK="ld -m elf_i386 --build-id=none -z noexecstack --no-warn-rwx-segments"

as --32 -o "$work/boot.o" boot.s
$LINK -Ttext 0x7C00 -o "$work/boot.elf" "$work/boot.o"
objcopy -O binary -j .text "$work/boot.elf" "$work/boot.bin"
objects=
for part in entry enter recorder; do
  as --32 -o "$work/$part.o" $part.s
  objects="$objects $work/$part.o"
done
for part in main console machine; do
  gcc $FLAGS -c $part.c -o "$work/$part.o"
  objects="$objects $work/$part.o"
done
$LINK -T harness.ld -o "$work/harness.elf" $objects
objcopy -O binary "$work/harness.elf" "$work/harness.bin"
cat "$work/boot.bin" "$work/harness.bin" > harness.img
echo "harness.img: $(wc -c < harness.img) bytes"
