/** A directory of recorded vectors as it is distributed: gzipped MOO files, one an opcode form, and metadata.json with the defined flags. */
import { type MooTest, parseMoo } from '../loaders/moo.ts';

/** metadata.json, as far as it is used here. */
interface OpcodeMetadata {
  readonly status?: string;
  readonly 'flags-mask'?: number;
  readonly reg?: Readonly<Record<string, OpcodeMetadata>>;
}

export interface SuiteSource {
  /** Names of the files of the suite's directory. */
  readonly names: readonly string[];
  read(name: string): Uint8Array;
  gunzip(bytes: Uint8Array): Uint8Array;
}

export interface SuiteFile {
  /** Opcode and, for a group, the ModRM digit: `F7.4`. */
  readonly form: string;
  /** Bits of FLAGS that the instruction leaves defined. */
  readonly flagsMask: number;
  /** `normal`, or what the recorders call the encoding: alias, undocumented. */
  readonly status: string;
  tests(): MooTest[];
}

export type Chip = '8086' | '80286';

export interface Suite {
  readonly chip: Chip;
  readonly files: readonly SuiteFile[];
}

const ALL_FLAGS = 0xffff;

/** Throws when the metadata is not what is expected. */
export function openSuite(source: SuiteSource): Suite {
  const metadata = JSON.parse(new TextDecoder().decode(source.read('metadata.json'))) as {
    cpu: string;
    opcodes: Record<string, OpcodeMetadata>;
  };
  const chip = /286/.test(metadata.cpu) ? '80286' : /808[68]/.test(metadata.cpu) ? '8086' : undefined;
  if (!chip) throw new Error(`vectors of an unknown processor: ${JSON.stringify(metadata.cpu)}`);
  const files = source.names
    .filter(name => name.endsWith('.MOO.gz'))
    .sort()
    .map(name => {
      const form = name.slice(0, -'.MOO.gz'.length);
      const [opcode, digit] = form.split('.');
      const row = metadata.opcodes[opcode!];
      const entry = digit === undefined ? row : row?.reg?.[digit];
      return {
        form,
        flagsMask: entry?.['flags-mask'] ?? ALL_FLAGS,
        status: entry?.status ?? 'normal',
        tests: () => parseMoo(source.gunzip(source.read(name))),
      };
    });
  return { chip, files };
}
