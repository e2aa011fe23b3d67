# How guest programs are compiled; read by build.sh, cc and guests/programs/build.sh, with the repository as working
# directory. No floating point and no vector registers: programs must run on a processor that has neither. Frame
# pointers stay, so that a backtrace needs no unwind tables; -g1 keeps functions and lines for fault reports, and no
# variables. The same compiler makes the same bytes anywhere: no build id, no dates, no paths of this machine.
export LC_ALL=C # globs, and with them the order of linking, are the same everywhere
warnings=(-Wall -Wextra -Werror)
common=(-std=gnu11 -O2 -g1 -ffreestanding -fno-pic -fno-stack-protector -fno-asynchronous-unwind-tables
  -fno-omit-frame-pointer -fcf-protection=none -mgeneral-regs-only "-ffile-prefix-map=$PWD=.")
target=(-m32 -march=i686 -nostdinc -isystem "$(gcc -print-file-name=include)" -Iguests/libc/include)
link=(-m32 -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-z,separate-code)
