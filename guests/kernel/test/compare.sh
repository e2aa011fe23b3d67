#!/bin/sh
# Runs each checking test natively and in QEMU and compares what they print. Arguments: the tests, all by default.
# (A native run as root may map the null page, so every test gets an argument there and here.)
cd "$(dirname "$0")"
for test in ${@:-memory files start}; do
    (cd .. && test/bin/$test x > /tmp/native.$$ 2>/dev/null)
    ./qemu.sh bin/$test x > /tmp/ours.$$ 2>/tmp/log.$$ < /dev/null
    if diff /tmp/native.$$ /tmp/ours.$$ && ! grep '^not ok' /tmp/ours.$$; then
        echo "$test: $(grep -c '^ok' /tmp/ours.$$) ok, as native"
    else
        sed 's/^/  /' /tmp/log.$$
    fi
    rm -f /tmp/native.$$ /tmp/ours.$$ /tmp/log.$$
done
