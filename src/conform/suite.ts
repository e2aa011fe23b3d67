/**
 * What is in a folder of vectors as it is distributed: a file an opcode form (MOO or JSON) with a metadata.json that says which flags are defined, or
 * lines of TestFloat; each compressed or not.
 */

import { LoadError } from '../loaders/load-error.ts';
import { type FloatFunction, floatFunction } from '../loaders/testfloat.ts';
import type { Encoding } from './vector-runner.ts';

export type Chip = '8086' | '80286' | '80386';

export type SuiteFileKind = 'moo' | 'json' | 'float';

/** One file of vectors. Plain data: it travels to workers. */
export interface SuiteFile {
  readonly path: string;
  readonly kind: SuiteFileKind;
  /** The folder's name. */
  readonly suite: string;
  /** Opcode and, for a group, the ModRM digit: `F7.4`; the file's name where it tells no opcode. */
  readonly opcode: string;
  /** Undefined: the file itself has to say. */
  readonly chip: Chip | undefined;
  readonly encoding: Encoding;
  readonly float: FloatFunction | undefined;
}

/** metadata.json, as far as it is used here. */
interface OpcodeMetadata {
  readonly status?: string;
  readonly 'flags-mask'?: number;
  readonly reg?: Readonly<Record<string, OpcodeMetadata>>;
}
interface Metadata {
  readonly cpu?: unknown;
  readonly opcodes?: Readonly<Record<string, OpcodeMetadata>>;
}

const DEFINED: Encoding = { flagsMask: 0xffffffff, status: 'normal' };
export const METADATA = 'metadata.json';

/** Files of one folder, in the order of their names. `metadata`: the text of its metadata.json. Throws LoadError when that is not what is expected. */
export function suiteFiles(folder: string, paths: readonly string[], metadata: string | undefined): SuiteFile[] {
  const known = metadata === undefined ? undefined : parseMetadata(metadata);
  return paths
    .map(path => ({ path, ...kindOf(path) }))
    .filter((file): file is typeof file & { kind: SuiteFileKind } => file.kind !== undefined)
    .sort((a, b) => (a.stem < b.stem ? -1 : 1))
    .map(({ path, kind, stem }) => {
      const [opcode = '', digit] = stem.split('.');
      const row = known?.opcodes?.[opcode];
      const entry = digit === undefined ? row : row?.reg?.[digit];
      const encoding = entry
        ? { flagsMask: entry['flags-mask'] ?? DEFINED.flagsMask, status: entry.status ?? 'normal' }
        : DEFINED;
      const float = kind === 'float' ? floatFunction(stem) : undefined;
      return { path, kind, suite: folder, opcode: stem, chip: known?.chip, encoding, float };
    });
}

function kindOf(path: string): { kind: SuiteFileKind | undefined; stem: string } {
  const name = path.replace(/^.*[/\\]/, '').replace(/\.gz$/i, '');
  const [, stem = name, extension = ''] = /^(.*)\.(\w+)$/.exec(name) ?? [];
  switch (extension.toLowerCase()) {
    case 'moo':
      return { kind: 'moo', stem };
    case 'json':
      return { kind: name === METADATA || !/^[0-9A-Fa-f]{2,}(\.\d)?$/.test(stem) ? undefined : 'json', stem };
    case 'txt':
      return { kind: floatFunction(stem) ? 'float' : undefined, stem };
    default:
      return { kind: undefined, stem };
  }
}

function parseMetadata(text: string): { chip: Chip; opcodes: Metadata['opcodes'] } {
  let metadata: Metadata;
  try {
    metadata = JSON.parse(text) as Metadata;
  } catch {
    throw new LoadError(`${METADATA} is not JSON`);
  }
  // The first collections held the opcodes at the top, and were of the 8088.
  if (metadata.cpu === undefined && metadata.opcodes === undefined)
    return { chip: '8086', opcodes: metadata as unknown as Metadata['opcodes'] };
  return { chip: chipNamed(String(metadata.cpu)), opcodes: metadata.opcodes };
}

/** Which of the chips we know a suite's name for its processor means. Throws LoadError for others. */
export function chipNamed(name: string): Chip {
  if (/286/.test(name)) return '80286';
  if (/386/.test(name)) return '80386';
  if (/^(i?808[68]|)$/.test(name)) return '8086';
  throw new LoadError(`vectors of a processor that is not known here: ${JSON.stringify(name)}`);
}
