/**
 * Reads lines of Berkeley TestFloat (3e, testfloat_gen) for the 80-bit format: `operands result flags` in hexadecimal.
 * Flags: 01 inexact, 02 underflow, 04 overflow, 08 divide by zero, 10 invalid.
 * The file's name tells the function: `extF80_add`, `f64_to_extF80`; then what is not the default: `.p32` and `.p64` (precision control 24 and 53
 * bits), `.rmin`, `.rmax`, `.rminMag` (rounding; to nearest even otherwise).
 */
import { LoadError } from './load-error.ts';

export interface FloatLine {
  /** Hexadecimal digits, most significant first; 20 are an 80-bit number. */
  readonly operands: readonly string[];
  readonly result: string;
  readonly flags: number;
}

export interface FloatFunction {
  /** `extF80_add`. */
  readonly name: string;
  /** Bits of the significand: 64, 53 or 24. */
  readonly precision: 24 | 53 | 64;
  readonly rounding: 'nearest' | 'down' | 'up' | 'zero';
}

const ROUNDINGS = { rnear_even: 'nearest', rmin: 'down', rmax: 'up', rminMag: 'zero' } as const;

/** What a file is about, by its name without `.txt` or `.gz`; undefined for a name of another kind. */
export function floatFunction(stem: string): FloatFunction | undefined {
  const [name = '', ...details] = stem.split('.');
  if (!/^(extF80_\w+|[fi]\d\d_to_extF80)$/.test(name)) return undefined;
  let precision: FloatFunction['precision'] = 64;
  let rounding: FloatFunction['rounding'] = 'nearest';
  for (const detail of details) {
    if (detail === 'p32') precision = 24;
    else if (detail === 'p64') precision = 53;
    else if (detail in ROUNDINGS) rounding = ROUNDINGS[detail as keyof typeof ROUNDINGS];
    else return undefined;
  }
  return { name, precision, rounding };
}

/** Throws LoadError at a line in another form. */
export function parseTestFloat(bytes: Uint8Array): FloatLine[] {
  const lines = new TextDecoder('latin1').decode(bytes).split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line, i) => {
    const words = line.trim().split(/\s+/);
    if (words.length < 3 || !words.every(word => /^[0-9A-Fa-f]+$/.test(word)))
      throw new LoadError(`line ${i + 1} is no test vector`);
    const flags = Number.parseInt(words.at(-1)!, 16);
    return { operands: words.slice(0, -2), result: words.at(-2)!.toUpperCase(), flags };
  });
}
