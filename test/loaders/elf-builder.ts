/** Builds small ELF files for tests, field by field, so that each test can say what is wrong with its own. */

export interface SegmentSpec {
  address: number;
  physical?: number;
  offset?: number;
  fileSize?: number;
  memorySize?: number;
  flags?: number;
  type?: number;
}

export interface ElfSpec {
  klass?: number;
  order?: number;
  type?: number;
  machine?: number;
  entry?: number;
  segments?: SegmentSpec[];
  symbols?: { name: string; address: number; size: number; kind: number }[];
  length?: number;
}

export const CODE_AT = 0x1000;

/** A valid static program by default: one segment of 16 bytes at 08049000h, entry at its start. */
export function buildElf(spec: ElfSpec = {}): Uint8Array {
  const segments = spec.segments ?? [{ address: 0x08049000 }];
  const symbols = spec.symbols ?? [];
  const strings = `\0.symtab\0.strtab\0${symbols.map(s => `${s.name}\0`).join('')}`;
  const symbolsAt = CODE_AT + 64;
  const stringsAt = symbolsAt + (symbols.length + 1) * 16;
  const sectionsAt = (stringsAt + strings.length + 3) & ~3;
  const bytes = new Uint8Array(symbols.length > 0 ? sectionsAt + 3 * 40 : (spec.length ?? CODE_AT + 64));
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, spec.klass ?? 1, spec.order ?? 1, 1]);
  view.setUint16(16, spec.type ?? 2, true);
  view.setUint16(18, spec.machine ?? 3, (spec.order ?? 1) !== 2);
  view.setUint32(20, 1, true);
  view.setUint32(24, spec.entry ?? 0x08049000, true);
  view.setUint32(28, 52, true);
  view.setUint16(40, 52, true);
  view.setUint16(42, 32, true);
  view.setUint16(44, segments.length, true);
  segments.forEach((s, i) => {
    const fileSize = s.fileSize ?? 16;
    const words = [
      s.type ?? 1,
      s.offset ?? CODE_AT,
      s.address,
      s.physical ?? s.address,
      fileSize,
      s.memorySize ?? fileSize,
      s.flags ?? 5,
      0x1000,
    ];
    for (const [k, word] of words.entries()) view.setUint32(52 + i * 32 + k * 4, word, true);
  });
  if (symbols.length > 0) {
    view.setUint32(32, sectionsAt, true);
    view.setUint16(46, 40, true);
    view.setUint16(48, 3, true);
    view.setUint16(50, 2, true);
    let name = '\0.symtab\0.strtab\0'.length;
    symbols.forEach((s, i) => {
      const at = symbolsAt + (i + 1) * 16;
      view.setUint32(at, name, true);
      view.setUint32(at + 4, s.address, true);
      view.setUint32(at + 8, s.size, true);
      view.setUint8(at + 12, s.kind);
      view.setUint16(at + 14, 1, true);
      name += s.name.length + 1;
    });
    bytes.set(new TextEncoder().encode(strings), stringsAt);
    const section = (index: number, ...words: number[]): void => {
      for (const [k, word] of words.entries()) view.setUint32(sectionsAt + index * 40 + k * 4, word, true);
    };
    section(1, 1, 2, 0, 0, symbolsAt, (symbols.length + 1) * 16, 2, 1, 4, 16);
    section(2, 9, 3, 0, 0, stringsAt, strings.length, 0, 0, 1, 0);
  }
  return bytes;
}
