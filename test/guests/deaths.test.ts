/** A death that is no fault of the program's own: who sent the signal, and what the program was about. */
import { describe, expect, it } from 'vitest';
import { real86, withCli } from '../cli/cli.ts';
import { canCompile, compile } from './guest.ts';

withCli();

describe.skipIf(!canCompile())('who sent the signal (needs gcc -m32 -static)', () => {
  it.each([
    ['raise', 'SIGSEGV  pid 1 ', 'Sent by itself, with tgkill, as raise and abort do.', '<raise+', 139],
    ['abort', 'SIGABRT  pid 1 ', 'Sent by itself, with tgkill, as raise and abort do.', '<abort+', 134],
    ['kill', 'SIGSEGV  pid 1 ', 'Sent by itself, with kill.', '<kill+', 139],
    ['alarm', 'SIGALRM  pid 1 ', 'Sent by the kernel: its alarm rang.', 'pause+', 142],
    ['pipe', 'SIGPIPE  pid 1 ', 'Sent by the kernel: nobody reads what it wrote to.', 'write+', 141],
    ['parent', 'SIGSEGV  pid 1 ', 'Sent by pid 2, with kill.', 'pause+', 139],
    ['child', 'SIGSEGV  pid 2 ', 'Sent by pid 1 death, with kill.', '<__fork+', 0],
  ])('%s', async (how, begins, cause, caller, exit) => {
    const { code, stderr } = await real86(['run', compile('test/guests/files/death.c'), '--', how]);
    expect(stderr.startsWith(begins)).toBe(true);
    expect(stderr).toContain(`\n  ${cause}\n  called from\n`);
    expect(stderr).toContain(caller);
    expect(stderr).toMatch(/ <main\+/);
    expect(stderr).not.toMatch(/#PF|walk:/);
    expect(code).toBe(exit);
  });
});
