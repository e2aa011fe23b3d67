/** A file that cannot be loaded: the message is one line that says what is wrong with it and, where there is a way, what to do. */
export class LoadError extends Error {
  override readonly name = 'LoadError';
}

/** An address or size as messages show it. */
export function hex(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}
