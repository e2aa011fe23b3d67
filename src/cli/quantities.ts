/** Quantities as users write them on the command line. Each throws UserError, naming the flag and what it accepts. */
import { type EngineName, EngineNames } from '../session/engine-names.ts';
import { UserError } from './user-error.ts';

const KIB = 1024;
const MIB = KIB * KIB;
/** The processor's memory comes in 64 KiB units. */
const MEMORY_UNIT = 64 * KIB;
const MEMORY_LEAST = MIB;
const MEMORY_MOST = 2047 * MIB;
const FREE_MOST = 1024 * MIB;
const MOST_PATH = 4000;

/** Bytes of memory: `64`, `64M`, `1G`, `16384K`; a bare number is MiB. */
export function parseMemory(text: string): number {
  const match = /^(\d+)([KMG]?)(?:i?B)?$/i.exec(text);
  const units: Record<string, number> = { K: KIB, M: MIB, G: 1024 * MIB };
  const bytes = match ? Number(match[1]) * units[(match[2] || 'M').toUpperCase()]! : Number.NaN;
  if (!(bytes >= MEMORY_LEAST && bytes <= MEMORY_MOST))
    throw new UserError(`-m ${text}: memory can be 1M to 2047M, for example -m 64M`);
  if (bytes % MEMORY_UNIT !== 0) throw new UserError(`-m ${text}: memory comes in units of 64K`);
  return bytes;
}

/** Bytes left free on a guest's disk, in the same units. */
export function parseFree(text: string): number {
  const match = /^(\d+)([KMG]?)(?:i?B)?$/i.exec(text);
  const units: Record<string, number> = { K: KIB, M: MIB, G: 1024 * MIB };
  const bytes = match ? Number(match[1]) * units[(match[2] || 'M').toUpperCase()]! : Number.NaN;
  if (!(bytes <= FREE_MOST))
    throw new UserError(`--free ${text}: a disk can have 0 to 1G free, for example --free 64M`);
  return bytes;
}

/** A path of the guest. */
export function parseGuestDirectory(text: string | undefined): string | undefined {
  if (text !== undefined && (!text.startsWith('/') || text.includes('\0') || text.length > MOST_PATH))
    throw new UserError(`--cwd ${text}: expected a path of the guest, which begins with /`);
  return text;
}

/** A count of instructions: `2e9`, `500000`, `1_000_000`, `2.5G`. */
export function parseCount(flag: string, text: string): number {
  const match = /^(\d[\d_]*(?:\.\d+)?(?:e\d+)?)([kMG]?)$/i.exec(text);
  const scale: Record<string, number> = { K: 1e3, M: 1e6, G: 1e9 };
  const value = match ? Number(match[1]!.replaceAll('_', '')) * (scale[match[2]!.toUpperCase()] ?? 1) : Number.NaN;
  if (!Number.isSafeInteger(value) || value < 1)
    throw new UserError(`${flag} ${text}: expected a number of instructions, for example 2e9`);
  return value;
}

/** Milliseconds: `60s`, `500ms`, `2m`, `1h`; a bare number is seconds. */
export function parseDuration(flag: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text);
  const scale = { ms: 1, s: 1e3, m: 60e3, h: 3600e3 } as const;
  const value = match ? Number(match[1]) * scale[(match[2] ?? 's') as keyof typeof scale] : Number.NaN;
  if (!(value > 0 && value < 2 ** 31))
    throw new UserError(`${flag} ${text}: expected a time, for example 60s, 500ms or 2m`);
  return value;
}

export function parseSeed(text: string): number {
  const value = /^(\d+|0x[0-9a-f]+)$/i.test(text) ? Number(text) : Number.NaN;
  if (!(value >= 0 && value < 2 ** 32)) throw new UserError(`--seed ${text}: expected a number from 0 to 4294967295`);
  return value;
}

export function parseEngine(name: string): EngineName {
  const known = EngineNames.find(engine => engine === name);
  if (known) return known;
  throw new UserError(`--engine ${name}: expected one of ${EngineNames.join(', ')}`);
}

/** An I/O port, `0x190` or `400`. */
export function parsePort(flag: string, text: string): number {
  const value = /^(\d+|0x[0-9a-f]+)$/i.test(text) ? Number(text) : Number.NaN;
  if (!(value >= 0 && value < 0x10000)) throw new UserError(`${flag} ${text}: expected a port from 0 to 0xffff`);
  return value;
}

/** `0x31=0`, several apart by commas: values a guest writes to the debug exit port, and the exit codes they stand for. */
export function parseExitMap(texts: readonly string[]): Map<number, number> {
  const map = new Map<number, number>();
  for (const text of texts.flatMap(t => t.split(','))) {
    const match = /^(0x[0-9a-f]+|\d+)=(\d+)$/i.exec(text.trim());
    const [from, to] = match ? [Number(match[1]), Number(match[2])] : [Number.NaN, Number.NaN];
    if (!(from < 2 ** 32 && to < 256))
      throw new UserError(`--exit-map ${text}: expected VALUE=CODE, for example 0x31=0, with a code from 0 to 255`);
    map.set(from, to);
  }
  return map;
}

/** `NAME=value`. */
export function parseEnvironment(texts: readonly string[]): string[] {
  for (const text of texts) {
    if (!/^[^=\0]+=[^\0]*$/s.test(text)) throw new UserError(`--env ${text}: expected NAME=VALUE`);
  }
  return [...texts];
}
