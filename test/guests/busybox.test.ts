/** A program that nobody here wrote: Debian's busybox-static for i386, where REAL86_BUSYBOX names it. */
import { describe, expect, it } from 'vitest';
import { checkRoot, runGuest } from './guest.ts';

const busybox = process.env.REAL86_BUSYBOX;
const sh = (script: string, input = '') => runGuest(busybox!, { argv: ['busybox', 'sh', '-c', script], input });

describe.skipIf(busybox === undefined)('busybox (REAL86_BUSYBOX names a static i386 one)', () => {
  it.each([
    ['ls -1 / | sort | head -3', 'bin\nboot\ndev\n'],
    ['ls -l / | sort | head -n 2 | tail -n 1', /^d[\s\S]* root +root .*\n$/],
    ['for i in 3 1 2; do echo $i; done | sort', '1\n2\n3\n'],
    ['echo a > /root/f; echo b >> /root/f; cat < /root/f', 'a\nb\n'],
    ['yes | head -n 20000 | wc', / 20000 +20000 +40000\n/],
    ['(echo in; echo out >&2) 2>/dev/null | cat -n', '     1\tin\n'],
    ['cat <<X | tr a-z A-Z\nhello\nX', 'HELLO\n'],
    ['mkdir -p /root/a/b; cd /root/a/b; pwd; cd ../..; find . | sort', '/root/a/b\n.\n./a\n./a/b\n'],
    ['tar c /etc 2>/dev/null | tar t | sort | head -2', 'etc/\netc/group\n'],
    ['seq 1 1000 | gzip | gunzip | md5sum', '53d025127ae99ab79e8502aae2d9bea6  -\n'],
    ['echo $$; sleep 0.01 & wait; echo $?', '1\n0\n'],
    ['false || echo no; true && echo yes; exit 3', 'no\nyes\n'],
    ['kill -9 $$', ''],
    ['ionice; setpriv --dump | head -n 2', 'none: prio 0\nuid: 0\neuid: 0\n'],
    ['printf "#!/bin/busybox sh\\necho script \\$1\\n" > /tmp/s; chmod +x /tmp/s; /tmp/s x', 'script x\n'],
    ["awk 'BEGIN { for (i = 0; i < 3; i++) print i * 1.5 }'", '0\n1.5\n3\n'],
    ['wc -c < /proc/self/maps | grep -q . && grep -c busybox /proc/self/maps', '4\n'],
    ['readlink /proc/self/exe; head -c 3 /dev/zero | od -An -tx1', '/bin/busybox\n 00 00 00\n'],
  ])('%s', (script, expected) => {
    const guest = sh(script);
    if (typeof expected === 'string') expect(guest.stdout).toBe(expected);
    else expect(guest.stdout).toMatch(expected);
    expect(checkRoot(guest) ?? '').toBe('');
  });

  it('reads its script from a pipe', () =>
    expect(runGuest(busybox!, { argv: ['busybox', 'sh'], input: 'echo one\nread x\ntwo\necho $x' }).stdout).toBe(
      'one\ntwo\n',
    ));

  it('is interactive at a terminal', () => {
    const terminal = { stdin: true, stdout: true, stderr: true, rows: 24, columns: 80 };
    const { stdout, status } = runGuest(busybox!, {
      argv: ['busybox', 'sh'],
      input: 'echo $((6*7))\rexit 5\r',
      typed: true,
      terminal,
    });
    expect(stdout).toMatch(/\/ # .*echo \$\(\(6\*7\)\)[\s\S]*\r\n42\r\n\/ # /);
    expect(status).toBe(5 << 8);
  });
});
