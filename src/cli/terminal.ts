/**
 * The terminal while a guest has it: raw, so that every key is the guest's, and put back however the process ends. ^A is ours: ^A x ends the run,
 * ^A ^A sends one ^A.
 */
const CTRL_A = 0x01;
const KEY_X = 0x78;

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

/** Takes our own keys out of what was typed. `end` is called for ^A x. */
export function escapeFilter(end: () => void): (chunk: Uint8Array) => Uint8Array {
  let escaped = false;
  return chunk => {
    const kept: number[] = [];
    for (const byte of chunk) {
      if (escaped) {
        escaped = false;
        if (byte === CTRL_A) kept.push(byte);
        else if (byte === KEY_X || byte === KEY_X - 0x20) end();
      } else if (byte === CTRL_A) {
        escaped = true;
      } else {
        kept.push(byte);
      }
    }
    return Uint8Array.from(kept);
  };
}
