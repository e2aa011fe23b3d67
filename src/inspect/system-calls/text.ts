/** Guest text as strace shows it: quoted, C escapes, cut off with an ellipsis. */

/** Characters of a text that are shown, as strace does unless told otherwise. */
export const SHOWN = 32;

const ESCAPES: Readonly<Record<number, string>> = {
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
  34: '\\"',
  92: '\\\\',
};

/** `"text\n"...`: `cut` says that there is more than `bytes`. */
export function quoted(bytes: Uint8Array, { limit = SHOWN, cut = false, hex = false } = {}): string {
  const shown = bytes.subarray(0, limit);
  let text = '';
  for (const [i, byte] of shown.entries()) {
    if (hex) text += `\\x${byte.toString(16).padStart(2, '0')}`;
    else if (ESCAPES[byte] !== undefined) text += ESCAPES[byte];
    else if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
    else {
      // As short as it goes, unless a digit follows.
      const next = shown[i + 1] ?? 0;
      const octal = byte.toString(8);
      text += `\\${next >= 0x30 && next <= 0x37 ? octal.padStart(3, '0') : octal}`;
    }
  }
  return `"${text}"${cut || bytes.length > limit ? '...' : ''}`;
}

export function pointer(value: number): string {
  return value === 0 ? 'NULL' : `0x${(value >>> 0).toString(16)}`;
}

/** Shown as C shows octal numbers. */
export function octal(value: number): string {
  return value === 0 ? '0' : `0${(value >>> 0).toString(8)}`;
}
