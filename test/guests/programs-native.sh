#!/usr/bin/env bash
# Runs the guest programs where they are at home: on an x86 Linux with 32-bit system calls, whose kernel is the
# reference for ours. Builds them to a temporary folder (or takes the folder given as argument), prints TAP, and exits
# with 1 if a row fails. Skips where 32-bit programs cannot run; the fault addresses are checked if gdb is there.
set -u
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

case $(uname -sm) in
  'Linux x86_64' | 'Linux i686') ;;
  *) echo '1..0 # SKIP not an x86 Linux'; exit 0 ;;
esac
bin=${1:-$work/bin}
if [ $# = 0 ] && ! guests/programs/build.sh "$bin" >"$work/build.log" 2>&1; then
  cat "$work/build.log" >&2
  echo 'Bail out! the programs do not build'
  exit 1
fi
bin=$(cd "$bin" && pwd)
if ! "$bin/hello" >/dev/null 2>&1; then
  echo '1..0 # SKIP this kernel runs no 32-bit programs'
  exit 0
fi

tests=0
failures=0

report() { # good? name
  tests=$((tests + 1))
  if [ "$1" = 0 ]; then echo "ok $tests $2"; else echo "not ok $tests $2"; failures=$((failures + 1)); fi
}

# One row: exit status, an extended regular expression for all of stdout (lines joined by |), one for stderr, then the
# program with its arguments. Standard input is the file $work/input. stderr is "" where nothing may be said.
row() {
  local status=$1 out=$2 err=$3 program=$4 got good=0
  shift 4
  # The shell's own "Segmentation fault" goes nowhere.
  { (exec "$bin/$program" "$@" <"$work/input" >"$work/out" 2>"$work/err"); } 2>/dev/null
  got=$?
  [ $got = "$status" ] || good=1
  # tr: [[ ]] matches lines as well as it matches anything, but a NUL would end the text.
  local text said
  text=$(tr '\n\0' '|?' <"$work/out")
  said=$(tr '\n\0' '|?' <"$work/err")
  [[ $text =~ ^$out$ ]] || good=1
  [[ $said =~ ^$err$ ]] || good=1
  report $good "$program${*:+ $*}: status $status"
  [ $good = 0 ] || printf '# status %s\n# out %.1000q\n# err %.1000q\n' "$got" "$text" "$said"
}

any='.*'
hex='0x[0-9a-f]+'
: >"$work/input"
row 0 'Hello, world\|' '' hello
row 0 '' '' exit-status
row 42 '' '' exit-status 42
row 255 '' '' exit-status -1
row 0 'this line is for standard output\|' 'this line is for standard error\|' stderr
row 0 'argc 3\|argv\[0\] ".*args"\|argv\[1\] "a b"\|argv\[2\] ""\|(envp\[[0-9]+\] ".*"\|)*auxv.*' '' args 'a b' ''
row 0 "$any"'auxv +6 AT_PAGESZ +0x1000\|'"$any"'auxv +25 AT_RANDOM +'"$hex"'\|'"$any" '' args
SHOWN='to the guest' row 0 "$any"'envp\[[0-9]+\] "SHOWN=to the guest"\|'"$any" '' args

printf 'one\ntwo' >"$work/input"
row 0 'one\|two' '' cat
row 0 'one\|twoone\|two' '' cat - "$work/input"
row 1 '' '.*missing: No such file or directory\|' cat "$work/missing"
printf '50\nx\n9\n42\n' >"$work/input"
row 0 'your guess\? less\|your guess\? a number, please\|your guess\? more\|your guess\? right, after 4\|' '' guess
printf '7' >"$work/input"
row 0 'your guess\? right, after 1\|' '' guess 7
row 1 'your guess\? more\|your guess\? \|no more guesses\|' '' guess 8
: >"$work/input"

printf 'first line\nsecond\n' >"$work/file"
row 0 ".*18 bytes at $hex"'\|mapped: first line\|.*: 4078 bytes, 0 of them not zero\|memory: \*irst line\|the file has not changed.*' '' \
  mmap-file "$work/file"
row 1 '' '.*missing: No such file or directory\|' mmap-file "$work/missing"
[ -e /dev/fb ] || row 2 '' '/dev/fb: No such file or directory\|' fb

row 0 "ok 1 ${any}1\.\.[0-9]+\|" '' libc-test
row 0 "ok 1 ${any}1\.\.[0-9]+\|" '' malloc-test
gcc -O1 -w guests/programs/count.c -o "$work/count-by-host" # the host's own compiler, word size and library
# What alloc tells of our malloc, it tells of glibc's.
alloc="${any}same address again${any}128 KiB\) $hex  a mapping of its own${any}break by 0 KiB,\\|  free\(\) of the 2000 bytes by [1-9][0-9]+ KiB\\|"
row 0 "$alloc" '' alloc
if gcc -m32 -O1 -static -w guests/programs/alloc.c -o "$bin/alloc-glibc" 2>/dev/null; then
  row 0 "$alloc" '' alloc-glibc
  rm "$bin/alloc-glibc"
fi
row 0 "$("$work/count-by-host" 2 | tr '\n' '|' | sed 's/|/\\|/g')" '' count 2

row 139 "$any== How this process is laid out$any"'\[stack\]'"$any"'\[heap\]'"$any"'KiB +text +\|'"$any"'same address'"$any"'The break has not moved'"$any"'Now the break fell by 800 KiB'"$any"'not in /proc/self/maps'"$any" '' story
{ (exec "$bin/story" >"$work/out"); } 2>/dev/null
report "$(awk 'length > 80 { bad = 1 } END { print bad + 0 }' "$work/out")" 'story fits 80 columns'

# Each fault: status, the one line that announces it, and where: the address that faults, as Linux gives it in si_addr
# (for #DE and #UD that of the instruction, for #GP 0), or "line" for the last address in the announcement.
fault() { # status program announcement address stderr
  row "$1" "$3" "${5:-}" "fault-$2"
  [ -n "$4" ] && command -v gdb >/dev/null || return 0
  gdb -nx -q -batch -ex run -ex 'p/x $_siginfo._sifields._sigfault.si_addr' -ex 'p/x $eip' "$bin/fault-$2" \
    >"$work/gdb" 2>/dev/null
  local address eip expected=$4
  address=$(sed -n 's/^\$1 = //p' "$work/gdb")
  eip=$(sed -n 's/^\$2 = //p' "$work/gdb")
  [ "$expected" = eip ] && expected=$eip
  [ "$expected" = line ] && expected=$(grep '^about' "$work/gdb" | grep -o '0x[0-9a-f]*' | tail -1)
  [ -n "$address" ] && [ "$address" = "$expected" ]
  report $? "fault-$2 is at $4 ($address)"
}
fault 139 null 'about to read .*\|' 0x0
fault 139 low 'about to read .*\|' 0x2ad
fault 139 wild 'about to write .*\|' 0xdeadbeef
fault 139 kernel 'about to read .*\|' 0xc0000000
fault 139 text "about to write a byte to the text of main at $hex"'\|' line
fault 139 rodata "about to write 'J' over the 'h' of \"hello, read-only world\" at $hex"'\|' line
fault 139 mprotect "about to write to $hex, made read-only by mprotect"'\|' line
fault 139 munmap "a block of 1 MiB at $hex holds 42; .*"'\|'"about to read $hex after free"'\|' line
fault 139 stack 'about to recurse without end\|' ''
fault 139 jump-data "about to call $hex, just past the end of the data segment"'\|' line
fault 139 call-null 'about to call a null function pointer\|' 0x0
fault 136 divide 'about to divide by zero\|' eip
fault 132 opcode 'about to execute ud2\|' eip
fault 139 privileged 'about to execute cli, which only the kernel may\|' 0x0
fault 134 double-free 'about to free a block twice\|' '' 'free\(\): double free\|'
fault 134 overflow 'about to write 16 bytes past .*\|' '' 'free\(\): .*\|'

# spin must still be at it when its time is over.
timeout 0.2 "$bin/spin"
[ $? = 124 ]
report $? 'spin does not end'

# The same bytes wherever the sources lie: no path of the machine is in them.
mkdir "$work/elsewhere"
cp -r guests "$work/elsewhere/"
"$work/elsewhere/guests/programs/build.sh" "$work/again" >/dev/null 2>&1
guests/programs/build.sh "$work/here" >/dev/null 2>&1
diff -r "$work/here" "$work/again" >/dev/null
report $? 'a build elsewhere gives the same bytes'

echo "1..$tests"
[ $failures = 0 ]
