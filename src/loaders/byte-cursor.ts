/**
 * Reads what DWARF is made of, one thing after another. Beyond the end of the bytes everything is zero and `ended` says so: debug information is for
 * people, and a damaged one gives less of it, never an error. Source: DWARF 5, 7.6 (LEB128), 7.4 (32- and 64-bit formats).
 */
export class ByteCursor {
  at: number;
  readonly end: number;
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = Math.min(end, bytes.length);
  }

  get ended(): boolean {
    return this.at >= this.end;
  }

  u8(): number {
    const value = this.at < this.end ? this.bytes[this.at]! : 0;
    this.at++;
    return value;
  }

  i8(): number {
    return (this.u8() << 24) >> 24;
  }

  u16(): number {
    return this.u8() | (this.u8() << 8);
  }

  u32(): number {
    return (this.u16() | (this.u16() << 16)) >>> 0;
  }

  i32(): number {
    return this.u32() | 0;
  }

  /** Of 8 bytes; exact as far as numbers are. */
  u64(): number {
    return this.u32() + this.u32() * 2 ** 32;
  }

  /** Little-endian, of 1, 2, 4 or 8 bytes. */
  unsigned(size: number): number {
    return size === 1 ? this.u8() : size === 2 ? this.u16() : size === 8 ? this.u64() : this.u32();
  }

  /** Unsigned LEB128; modulo 2^32. */
  uleb(): number {
    return this.leb().value >>> 0;
  }

  /** Signed LEB128; modulo 2^32. */
  sleb(): number {
    const { value, bits, last } = this.leb();
    return bits < 32 && (last & 0x40) !== 0 ? value | (-1 << bits) : value | 0;
  }

  private leb(): { value: number; bits: number; last: number } {
    let value = 0;
    let bits = 0;
    let last: number;
    do {
      last = this.u8();
      if (bits < 32) value |= (last & 0x7f) << bits;
      bits += 7;
    } while ((last & 0x80) !== 0 && !this.ended);
    return { value, bits, last };
  }

  /** To its NUL. Bytes a terminal would act on become `?`: names are shown. */
  text(): string {
    const from = this.at;
    while (this.at < this.end && this.bytes[this.at] !== 0) this.at++;
    const found = this.bytes.subarray(from, this.at);
    this.at++;
    return printable(found);
  }

  /** Length of what follows, and the size of offsets in it. */
  initialLength(): { length: number; offsetSize: 4 | 8 } {
    const length = this.u32();
    return length === 0xffffffff ? { length: this.u64(), offsetSize: 8 } : { length, offsetSize: 4 };
  }

  skip(count: number): void {
    this.at += count;
  }
}

const decoder = new TextDecoder();

function printable(bytes: Uint8Array): string {
  let text = '';
  for (const character of decoder.decode(bytes)) {
    const code = character.codePointAt(0)!;
    text += code < 0x20 || (code >= 0x7f && code < 0xa0) ? '?' : character;
  }
  return text;
}
