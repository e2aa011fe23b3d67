/**
 * Names of addresses, from an ELF symbol table. Source: Tool Interface Standard ELF 1.2, "Symbol Table". A damaged table gives fewer names,
 * never an error: they are for people.
 */
import { type Elf32, textAt } from './elf32.ts';

export interface ElfSymbol {
  readonly name: string;
  readonly address: number;
  /** 0 when the assembler did not say. */
  readonly size: number;
  readonly kind: 'function' | 'object' | 'label';
}

const SHT_SYMTAB = 2;
const SYMBOL = 16;
const MAX_NAME = 512;
const Kinds: readonly (ElfSymbol['kind'] | undefined)[] = ['label', 'object', 'function'];

export class Symbols {
  /** Sorted by address; of several at one address the most telling comes last: functions after objects after labels. */
  readonly all: readonly ElfSymbol[];
  private readonly byName: ReadonlyMap<string, ElfSymbol>;

  constructor(symbols: readonly ElfSymbol[]) {
    const rank = { label: 0, object: 1, function: 2 } as const;
    this.all = [...symbols].sort((a, b) => a.address - b.address || rank[a.kind] - rank[b.kind]);
    this.byName = new Map(this.all.map(symbol => [symbol.name, symbol]));
  }

  /** Those of the file's .symtab, none when it is stripped; `bias`: how far a position-independent program was moved. */
  static of(elf: Elf32, bias = 0): Symbols {
    const found: ElfSymbol[] = [];
    const { bytes, sections } = elf;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (const section of sections.filter(s => s.type === SHT_SYMTAB)) {
      const strings = sections[section.link];
      if (!strings || section.offset + section.size > bytes.length) continue;
      for (let at = section.offset; at + SYMBOL <= section.offset + section.size; at += SYMBOL) {
        const kind = Kinds[view.getUint8(at + 12) & 15];
        const name = textAt(bytes, strings.offset + view.getUint32(at, true), MAX_NAME);
        // Section index 0 is "undefined elsewhere"; `.L` begins names that are the assembler's own.
        if (kind && name !== '' && !name.startsWith('.L') && view.getUint16(at + 14, true) !== 0) {
          found.push({
            name,
            address: (view.getUint32(at + 4, true) + bias) >>> 0,
            size: view.getUint32(at + 8, true),
            kind,
          });
        }
      }
    }
    return new Symbols(found);
  }

  address(name: string): number | undefined {
    return this.byName.get(name)?.address;
  }

  /** Where the function of that name begins; undefined too when the name is that of a variable. */
  functionAddress(name: string): number | undefined {
    const symbol = this.byName.get(name);
    return symbol && symbol.kind !== 'object' ? symbol.address : undefined;
  }

  /** The symbol that covers an address: one whose size does, or a sizeless label that is the next below and at most 64 KiB away. */
  nearest(address: number): { readonly name: string; readonly offset: number } | undefined {
    const at = address >>> 0;
    const last = this.lastAtOrBelow(at);
    for (let i = last; i >= 0; i--) {
      const symbol = this.all[i]!;
      const offset = at - symbol.address;
      if (offset > REACH) return undefined;
      if (
        offset < symbol.size ||
        (symbol.size === 0 && symbol.kind !== 'object' && symbol.address === this.all[last]!.address)
      )
        return { name: symbol.name, offset };
    }
    return undefined;
  }

  /** `main+0x12`, or undefined when no symbol covers the address. */
  format(address: number): string | undefined {
    const found = this.nearest(address);
    if (!found) return undefined;
    return found.offset === 0 ? found.name : `${found.name}+0x${found.offset.toString(16)}`;
  }

  private lastAtOrBelow(address: number): number {
    let low = 0;
    let high = this.all.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.all[middle]!.address <= address) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

const REACH = 0x10000;
