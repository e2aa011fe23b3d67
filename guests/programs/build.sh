#!/usr/bin/env bash
# Builds the guest C library and every program against it: guests/programs/build.sh [folder, default its bin].
# A program is a file, or a folder with a main.c. Needs gcc that knows -m32 and -m16, and binutils.
set -euo pipefail
mkdir -p "${1:-$(dirname "$0")/bin}"
out=$(cd "${1:-$(dirname "$0")/bin}" && pwd)
cd "$(dirname "$0")/../.."
. guests/libc/flags.sh
mkdir -p "$out/real"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
guests/libc/build.sh "$work"

compile() { # source object flags...
  gcc "${common[@]}" "${warnings[@]}" "${@:3}" -c "$1" -o "$2"
}

program() { # name sources...
  local name=$1 parts=()
  for source in "${@:2}"; do
    parts+=("$work/$name.$(basename "$source" .c).o")
    compile "$source" "${parts[-1]}" "${target[@]}"
  done
  gcc "${link[@]}" "$work/crt0.o" "${parts[@]}" "$work/libc.a" -o "$out/$name"
}
for source in guests/programs/*.c; do program "$(basename "$source" .c)" "$source"; done
for source in guests/programs/fault/*.c; do program "fault-$(basename "$source" .c)" "$source"; done
for main in guests/programs/*/main.c; do program "$(basename "${main%/main.c}")" "${main%/main.c}"/*.c; done

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

printf 'built %d programs in %s (%s)\n' "$(find "$out" -type f | wc -l)" "${out#"$PWD"/}" "$(du -sh "$out" | cut -f1)"
