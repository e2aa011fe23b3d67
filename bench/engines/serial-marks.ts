/** Reads what the guest prints on its serial line: `BEGIN name count`, `END name checksum`, or `FAULT ...`. */
export type Mark =
  | { readonly kind: 'begin' }
  | { readonly kind: 'end'; readonly checksum: string }
  | { readonly kind: 'fault'; readonly line: string };

export class SerialMarks {
  private line = '';

  /** The mark that this byte completes, if any. Firmware may have printed before, on the same line. */
  put(byte: number): Mark | undefined {
    if (byte !== 10) {
      this.line += String.fromCharCode(byte);
      return undefined;
    }
    const { line } = this;
    this.line = '';
    if (/BEGIN \S+ \d+\s*$/.test(line)) return { kind: 'begin' };
    const end = /END \S+ ([0-9a-f]{8})\s*$/.exec(line);
    if (end) return { kind: 'end', checksum: end[1]! };
    return line.includes('FAULT') ? { kind: 'fault', line } : undefined;
  }
}
