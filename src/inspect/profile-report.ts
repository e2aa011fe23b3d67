/** A profile in text: how the instructions divide, and the functions that took most of them, each with the line in it that did. */
import type { GuestProfile, ProfiledCode } from './guest-profile.ts';
import { type ProgramImage, sourceText } from './program-image.ts';
import { grouped, hex32 } from './text.ts';

export interface ProfileContext {
  readonly insns: number;
  /** Names and lines; undefined where nothing is known of the code. */
  imageOf(code: ProfiledCode): ProgramImage | undefined;
}

/** A function of a program or of the kernel, all its samples together. */
export interface ProfiledFunction {
  /** `kernel`, a program's name, or `firmware`: BIOS, boot sector, loader. */
  readonly object: string;
  /** Its name, or the address of a stretch of 64 bytes without one. */
  readonly name: string;
  /** In percent of all samples. */
  readonly percent: number;
  /** The line with most samples, or the address. */
  readonly hottest: string;
}

const MOST_FUNCTIONS = 30;
/** Functions below this take no line of their own. */
const LEAST_PERCENT = 0.3;

/** Most samples first. */
export function profiledFunctions(profile: GuestProfile, { imageOf }: ProfileContext): ProfiledFunction[] {
  const functions = new Map<string, { object: string; name: string; count: number; places: Map<string, number> }>();
  let total = 0;
  for (const code of profile.codes) {
    const object = code.program?.name ?? code.space;
    const image = imageOf(code);
    for (const [address, count] of code.samples) {
      const name = image?.symbols.nearest(address)?.name ?? hex32(address & ~63);
      const key = `${object} ${name}`;
      const found = functions.get(key) ?? { object, name, count: 0, places: new Map<string, number>() };
      functions.set(key, found);
      const place = (image && sourceText(image.place(address))) ?? hex32(address);
      found.count += count;
      found.places.set(place, (found.places.get(place) ?? 0) + count);
      total += count;
    }
  }
  return [...functions.values()]
    .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
    .map(({ object, name, count, places }) => ({
      object,
      name,
      percent: (count * 100) / total,
      hottest: [...places].sort((a, b) => b[1] - a[1])[0]![0],
    }));
}

/** Lines without a line end. */
export function formatProfile(profile: GuestProfile, context: ProfileContext): string {
  const functions = profiledFunctions(profile, context);
  const samples = profile.codes.flatMap(({ samples }) => [...samples.values()]).reduce((sum, n) => sum + n, 0);
  const shares = new Map<string, number>();
  for (const { object, percent } of functions) shares.set(object, (shares.get(object) ?? 0) + percent);
  const parts = [...shares].sort((a, b) => b[1] - a[1]).map(([object, percent]) => `${object} ${percent.toFixed(1)} %`);
  const lines = [
    `profile  ${grouped(context.insns)} instructions: ${parts.join(', ')}`,
    `  by ${grouped(samples)} samples, one in ${grouped(profile.interval)}; a function, and the place in it that took most`,
  ];
  const shown = functions.filter(({ percent }) => percent >= LEAST_PERCENT).slice(0, MOST_FUNCTIONS);
  const width = Math.max(0, ...shown.map(({ object }) => object.length));
  const names = Math.max(0, ...shown.map(({ name }) => name.length));
  for (const { object, name, percent, hottest } of shown)
    lines.push(`  ${percent.toFixed(1).padStart(5)} %  ${object.padEnd(width)}  ${name.padEnd(names)}  ${hottest}`);
  return lines.join('\n');
}
