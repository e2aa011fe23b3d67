#!/bin/sh
# Builds the kernel's test programs: static, no C library, one file each.
set -e
cd "$(dirname "$0")/../../.."
T=guests/kernel/test
for source in $T/*.c; do
    name=$(basename "$source" .c)
    gcc -m32 -ffreestanding -march=i686 -O1 -fno-pic -no-pie -static -nostdlib -fno-stack-protector -fno-asynchronous-unwind-tables \
        -mgeneral-regs-only -fno-ident -Wall -Wextra -Wno-array-bounds -g1 -gdwarf-4 -ffile-prefix-map="$PWD=." -Wl,--build-id=none -Wl,-z,noexecstack \
        "$source" -o $T/bin/"$name"
done
