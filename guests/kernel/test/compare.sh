#!/bin/sh
# Runs each checking test natively and in QEMU and compares what they print. Arguments: the tests, all by default.
# (A native run as root may map the null page, so every test gets an argument there and here.)
cd "$(dirname "$0")"
out="$(mktemp -d)"
trap 'rm -rf "$out"' EXIT
for test in ${@:-memory files start}; do
    (cd .. && test/bin/$test x > "$out/native" 2>/dev/null)
    ./qemu.sh bin/$test x > "$out/ours" 2>"$out/log" < /dev/null
    if diff "$out/native" "$out/ours" && ! grep '^not ok' "$out/ours"; then
        echo "$test: $(grep -c '^ok' "$out/ours") ok, as native"
    else
        sed 's/^/  /' "$out/log"
    fi
done
