#!/bin/sh
# Builds the kernel: boot.img (boot sector, stage, kernel) and kernel.elf (its symbols). Same sources, same bytes:
# no build id, no paths of this machine in the debug information.
set -e
cd "$(dirname "$0")/../.."
K=guests/kernel
OUT=$(mktemp -d)
trap 'rm -rf "$OUT"' EXIT

COMMON="-m32 -ffreestanding -march=i686 -fno-pic -fno-stack-protector -fno-asynchronous-unwind-tables -mgeneral-regs-only -fms-extensions
 -fno-ident -std=gnu11 -Wall -Wextra -Wno-cast-function-type -g1 -gdwarf-4 -ffile-prefix-map=$PWD=."
REAL="$(echo "$COMMON" | sed 's/-m32/-m16/') -Os -Wno-array-bounds"
FLAT="$COMMON -O2 -fno-tree-loop-distribute-patterns"
SMALL="$COMMON -Os -fno-tree-loop-distribute-patterns"   # what runs seldom: all of it is read from the disk at each boot

object() { echo "$OUT/$(echo "$1" | tr / _).o"; }
compile() { gcc $1 -c "$2" -o "$(object "$2")"; }

BOOT="boot/boot.S boot/bios.S boot/protect.S boot/real.c boot/a20.c boot/memory.c boot/paging.c"
KERNEL="entry.S main.c log.c $(cd $K && ls cpu/*.[cS] dev/*.c exec/*.c fs/*.c fs/*/*.c lib/*.c mm/*.[cS] proc/*.[cS] sys/*.c | LC_ALL=C sort)"

objects=
for source in $KERNEL; do
    case $source in
    dev/* | exec/* | fs/* | sys/* | main.c | log.c) compile "$SMALL" $K/$source ;;
    *) compile "$FLAT" $K/$source ;;
    esac
    objects="$objects $(object $K/$source)"
done
ld -m elf_i386 --build-id=none -z noexecstack --no-warn-rwx-segments -T $K/kernel.ld -o $K/kernel.elf $objects
objcopy -O binary $K/kernel.elf "$OUT/kernel.bin"
truncate -s %512 "$OUT/kernel.bin"
sectors=$(($(wc -c < "$OUT/kernel.bin") / 512))

objects=
for source in $BOOT; do
    case $source in
    boot/real.c | boot/a20.c | boot/memory.c) compile "$REAL" $K/$source ;;
    *) compile "$FLAT" $K/$source ;;
    esac
    objects="$objects $(object $K/$source)"
done
ld -m elf_i386 --build-id=none -z noexecstack --no-warn-rwx-segments --defsym kernel_sectors=$sectors -T $K/boot/boot.ld -o "$OUT/boot.elf" $objects
objcopy -O binary "$OUT/boot.elf" "$OUT/boot.bin"
cat "$OUT/boot.bin" "$OUT/kernel.bin" > $K/boot.img
chmod -x $K/kernel.elf
