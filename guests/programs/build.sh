#!/usr/bin/env bash
# Builds the guest C library and every program against it: guests/programs/build.sh [folder, default guests/programs/bin].
# Needs gcc that knows -m32 and -m16, and binutils. The same compiler makes the same bytes: no build id, no dates, no
# paths of this machine.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
out=${1:-guests/programs/bin}
mkdir -p "$out/real"
out=$(cd "$out" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# No floating point and no vector registers: programs must run on a processor that has neither. Frame pointers stay, so
# that a backtrace needs no unwind tables; -g1 keeps functions and lines for fault reports, and no variables.
common=(-std=gnu11 -O2 -g1 -Wall -Wextra -Werror -ffreestanding -fno-pic -fno-stack-protector
  -fno-asynchronous-unwind-tables -fno-omit-frame-pointer -fcf-protection=none -mgeneral-regs-only
  "-ffile-prefix-map=$root=.")
target=(-m32 -march=i686 -nostdinc -isystem "$(gcc -print-file-name=include)" -Iguests/libc/include)
link=(-m32 -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-z,separate-code)

compile() { # source object flags...
  gcc "${common[@]}" "${@:3}" -c "$1" -o "$2"
}

objects=()
for source in guests/libc/*/*.c guests/libc/*/*.S; do
  object=$work/$(basename "${source%.*}").o
  [ ! -e "$object" ] || { echo "two library files are called $(basename "$object")" >&2; exit 1; }
  # Or gcc would make the loop of memset a call of memset.
  compile "$source" "$object" "${target[@]}" -fno-tree-loop-distribute-patterns
  case $source in */crt0.S) ;; *) objects+=("$object") ;; esac
done
ar rcD "$work/libc.a" "${objects[@]}"

program() { # name sources...
  local name=$1 parts=()
  for source in "${@:2}"; do
    parts+=("$work/$name.$(basename "$source" .c).part.o")
    compile "$source" "${parts[-1]}" "${target[@]}"
  done
  gcc "${link[@]}" "$work/crt0.o" "${parts[@]}" "$work/libc.a" -o "$out/$name"
}
for source in guests/programs/*.c; do program "$(basename "$source" .c)" "$source"; done
for source in guests/programs/fault/*.c; do program "fault-$(basename "$source" .c)" "$source"; done
program story guests/programs/story/*.c

# 16-bit programs are raw bytes, linked at the address they are loaded at.
raw() { # name objects and linker flags...
  ld -m elf_i386 --no-warn-rwx-segments -e start --oformat binary -o "$out/real/$1" "${@:2}"
  chmod 644 "$out/real/$1"
}
flat=(-m16 -march=i386 -Os -g0) # after the common -O2 -g1, so these win
for source in start.S peek.c; do compile "guests/programs/real/$source" "$work/real-${source%.*}.o" "${flat[@]}"; done
raw peek.bin -T guests/programs/real/flat.ld "$work/real-start.o" "$work/real-peek.o"
for source in guests/programs/real/*-com.S guests/programs/real/*-boot.S; do
  name=$(basename "$source" .S)
  as --32 "$source" -o "$work/$name.o"
  case $name in
    *-com) raw "${name%-com}.com" -Ttext 0x100 "$work/$name.o" ;;
    *-boot) raw "$name.img" -Ttext 0x7c00 "$work/$name.o" ;;
  esac
done

printf 'built %d programs in %s (%s)\n' "$(find "$out" -type f | wc -l)" "${out#"$root"/}" "$(du -sh "$out" | cut -f1)"
