#!/bin/sh
# Rebuilds every guest image from source, with gcc and binutils alone.
set -e
cd "$(dirname "$0")"
kernel/build.sh
kernel/test/build.sh
real/build.sh
for part in libc programs; do
    [ ! -x $part/build.sh ] || $part/build.sh
done
