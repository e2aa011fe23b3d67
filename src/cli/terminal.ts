/**
 * The terminal while a guest has it: raw, so that every key is the guest's, and put back however the process ends. One key is ours: before an x it ends
 * the run, twice it is sent.
 */
const KEY_X = 0x78;
const LF = 0x0a;
const CR = 0x0d;

/** ^A at `boot`; ^] at `run`, where ^A is for editing lines. */
export const EscapeKey = { boot: 0x01, run: 0x1d } as const;

/** Makes stdin raw when it is a terminal, and returns the function that puts it back; process exit does too. */
export function enterRawMode(): () => void {
  const { stdin } = process;
  if (!stdin.isTTY) return () => {};
  const restore = (): void => {
    stdin.setRawMode(false);
    process.off('exit', restore);
  };
  stdin.setRawMode(true);
  process.on('exit', restore);
  return restore;
}

/** Takes our own keys out of what was typed. `end` is called for the key and x. */
export function escapeFilter(key: number, end: () => void): (chunk: Uint8Array) => Uint8Array {
  let escaped = false;
  return chunk => {
    const kept: number[] = [];
    for (const byte of chunk) {
      if (escaped) {
        escaped = false;
        if (byte === key) kept.push(byte);
        else if (byte === KEY_X || byte === KEY_X - 0x20) end();
      } else if (byte === key) {
        escaped = true;
      } else {
        kept.push(byte);
      }
    }
    return Uint8Array.from(kept);
  };
}

/**
 * A guest's terminal turns LF into CR LF itself; the host's raw one, as Node sets it, does so again. So CR LF becomes LF, and a LF alone, which is to
 * move down and not to the left, the control function IND.
 */
export function terminalOutput(put: (byte: number) => void): (byte: number) => void {
  let last = 0;
  return byte => {
    if (byte === LF && last !== CR) {
      put(0x1b);
      put('D'.charCodeAt(0));
    } else {
      put(byte);
    }
    last = byte;
  };
}
