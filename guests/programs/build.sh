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

program() { # source name
  compile "$1" "$work/$2.program.o" "${target[@]}"
  gcc "${link[@]}" "$work/crt0.o" "$work/$2.program.o" "$work/libc.a" -o "$out/$2"
}
for source in guests/programs/*.c; do program "$source" "$(basename "$source" .c)"; done
for source in guests/programs/fault/*.c; do program "$source" "fault-$(basename "$source" .c)"; done

printf 'built %d programs in %s (%s)\n' "$(find "$out" -type f | wc -l)" "${out#"$root"/}" "$(du -sh "$out" | cut -f1)"
