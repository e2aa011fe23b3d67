#!/usr/bin/env bash
# Builds bench.elf, the Multiboot image of the benchmarks. Same sources and compiler, same bytes. Needs gcc that knows -m32, and binutils.
#   build.sh native FOLDER   builds the workloads that need no bare machine for the host instead: FOLDER/native
set -euo pipefail
cd "$(dirname "$0")/../.."
guest=bench/guest
export LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

common=(-m32 -march=i686 -O2 -std=gnu11 -fno-pic -fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none
  -fno-tree-loop-distribute-patterns -fno-math-errno -fno-ident -Wall -Wextra -Werror -Wno-parentheses)
integer=(-mgeneral-regs-only)
x87=(-mfpmath=387 -mno-sse -DUNIT=x87)
sse2=(-msse2 -mfpmath=sse -DUNIT=sse2)
workloads=(workloads integer hash bytecode wide strings objects memory spread smc)
machine=(main segments traps paging console system io segment16)

compile() { # source object flags...
  gcc "${common[@]}" "${@:3}" -c "$1" -o "$work/$2.o"
}

shared() { # flags...
  for name in "${workloads[@]}"; do compile "$guest/$name.c" "$name" "${integer[@]}" "$@"; done
  compile "$guest/float.c" float-x87 "${x87[@]}" "$@"
  compile "$guest/float.c" float-sse2 "${sse2[@]}" "$@"
  compile guests/libc/stdlib/divide64.c divide64 "${integer[@]}" "$@"
  compile "$guest/mixed.S" mixed
}

if [ "${1:-}" = native ]; then
  shared -DNATIVE
  gcc -m32 -O2 -no-pie -Wall -Wextra -Werror -Wl,--no-warn-rwx-segments "$guest/native.c" "$work"/*.o -o "$2/native"
  exit
fi

shared -ffreestanding
for name in "${machine[@]}"; do compile "$guest/$name.c" "$name" "${integer[@]}" -ffreestanding; done
for name in boot traps int80 segment16; do compile "$guest/$name.S" "$name-asm"; done
ld -m elf_i386 --build-id=none -z noexecstack -z max-page-size=4096 --no-warn-rwx-segments -s -T $guest/bench.ld \
  -o $guest/bench.elf "$work"/*.o
chmod -x $guest/bench.elf
