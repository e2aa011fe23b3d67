#!/bin/sh
# Builds loader.img: sector 0, then the loader in whole sectors. The same sources give the same bytes.
set -e
cd "$(dirname "$0")"
OUT=$(mktemp -d)
trap 'rm -rf "$OUT"' EXIT
FLAGS="-m16 -ffreestanding -march=i686 -Os -fno-pic -fno-stack-protector -fno-asynchronous-unwind-tables -mgeneral-regs-only
 -fno-ident -std=gnu11 -Wall -Wextra"
LINK="ld -m elf_i386 --build-id=none -z noexecstack --no-warn-rwx-segments"

objects=
for source in entry.S loader.c dos.c console.c far.c; do
    gcc $FLAGS -c $source -o "$OUT/$source.o"
    objects="$objects $OUT/$source.o"
done
link_loader() {
    $LINK --defsym loader_sectors=$1 -T loader.ld -o "$OUT/loader.elf" $objects
    objcopy -O binary "$OUT/loader.elf" "$OUT/loader.bin"
    echo $(($(wc -c < "$OUT/loader.bin") / 512))
}
sectors=$(link_loader 0)   # once for its size, once with it
link_loader $sectors > "$OUT/again"
gcc $FLAGS -c boot.S -o "$OUT/boot.o"
$LINK --defsym loader_sectors=$sectors -Ttext=0x7c00 -o "$OUT/boot.elf" "$OUT/boot.o"
objcopy -O binary -j .text "$OUT/boot.elf" "$OUT/boot.bin"
cat "$OUT/boot.bin" "$OUT/loader.bin" > loader.img
