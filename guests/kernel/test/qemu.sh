#!/bin/sh
# Runs one static program under the kernel in QEMU: qemu.sh [-c 'cmdline words'] PROGRAM [ARG...]. Standard input is the
# program's; the log goes to stderr afterwards, then the wait status (QEMU exits with status * 2 + 1, modulo 256).
here=$(cd "$(dirname "$0")" && pwd)
words="seed=1 aslr=off log=on"
[ "$1" = -c ] && { words=$2; shift 2; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 - "$here" "$tmp" "$words" "$@" <<'PY'
import io, os, sys, tarfile
here, tmp, words, program, *args = sys.argv[1:]
archive = tarfile.open(tmp + '/root.tar', 'w', format=tarfile.USTAR_FORMAT)
def add(name, data):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    info.mode = 0o755
    archive.addfile(info, io.BytesIO(data))
name = os.path.basename(program)
add('boot/cmdline', f'{words} init=bin/{name}\n'.encode())
add('boot/argv', b''.join(a.encode() + b'\0' for a in ['bin/' + name, *args]))
add('boot/envp', b'HOME=/\0LANG=C\0')
add('bin/' + name, open(program, 'rb').read() if os.path.exists(program) else b'')
rootfs = os.path.join(here, '../../rootfs')
for folder, _, files in os.walk(rootfs):
    for file in sorted(files):
        path = os.path.join(folder, file)
        add(os.path.relpath(path, rootfs), open(path, 'rb').read())
archive.close()
image = open(here + '/../boot.img', 'rb').read() + open(tmp + '/root.tar', 'rb').read()
image += bytes(-len(image) % (1 << 20))
open(tmp + '/disk.img', 'wb').write(image)
PY
timeout 60 qemu-system-i386 -M isapc -cpu ${CPU:-pentium2} -m ${MEMORY:-64} -display none $QEMU -drive file="$tmp/disk.img",format=raw,if=ide \
    -device isa-debug-exit,iobase=0x501,iosize=4 -chardev file,id=d,path="$tmp/log" -device isa-debugcon,iobase=0xe9,chardev=d \
    -serial stdio -serial file:"$tmp/err"
status=$?
cat "$tmp/log" >&2
[ -s "$tmp/err" ] && sed 's/^/stderr: /' "$tmp/err" >&2
echo "qemu exit $status" >&2
