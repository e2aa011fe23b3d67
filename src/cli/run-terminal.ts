/** The host's terminal as that of a guest program: which streams it is, raw while the program has it, its size as it changes. */
import type { RunTerminal as Facts } from '../loaders/run-disk.ts';
import type { StandardInput } from './input.ts';
import { EscapeKey, enterRawMode, escapeFilter, terminalOutput } from './terminal.ts';
import { TerminalNews, terminalSize } from './terminal-news.ts';

export class RunTerminal {
  readonly facts: Facts = {
    stdin: process.stdin.isTTY === true,
    stdout: process.stdout.isTTY === true,
    stderr: process.stderr.isTTY === true,
    ...terminalSize(),
  };
  readonly news = new TerminalNews();

  /** Of what is typed: ^] x ends the run. */
  get filter(): ((chunk: Uint8Array) => Uint8Array) | undefined {
    return this.facts.stdin ? escapeFilter(EscapeKey.run, () => process.emit('SIGINT', 'SIGINT')) : undefined;
  }

  /** Where a stream's bytes go. */
  sink(stream: 'stdout' | 'stderr', put: (byte: number) => void): (byte: number) => void {
    return this.facts[stream] ? terminalOutput(put) : put;
  }

  /**
   * Takes the terminal from the program's first pause on, so that one that is soon done never touches what has been typed ahead; and puts it back.
   */
  async during<T>(input: StandardInput, run: (onPause: () => void) => Promise<T>): Promise<T> {
    if (!this.facts.stdin) return run(() => {});
    let restore = (): void => {};
    let taken = false;
    const resized = (): void => {
      this.news.resized(terminalSize());
      input.interrupt();
    };
    const onPause = (): void => {
      if (taken) return;
      taken = true;
      restore = enterRawMode();
      input.open();
      process.on('SIGWINCH', resized);
    };
    try {
      return await run(onPause);
    } finally {
      process.off('SIGWINCH', resized);
      restore();
    }
  }
}
