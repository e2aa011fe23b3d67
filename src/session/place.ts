/**
 * Places in a program as users name them: `main`, `main+0x12`, `crash.c:7`, `0x08049000`, or the number of an instruction. What they come to is
 * known once it is known where the program lies.
 */
import type { ProgramImage } from '../inspect/program-image.ts';

export type Place =
  | { readonly kind: 'instruction'; readonly number: number }
  | { readonly kind: 'address'; readonly address: number }
  | { readonly kind: 'symbol'; readonly name: string; readonly offset: number }
  | { readonly kind: 'line'; readonly file: string; readonly line: number };

/** Undefined when it is none of these. */
export function parsePlace(text: string): Place | undefined {
  if (/^\d[\d_,]*(e\d+)?$/i.test(text)) {
    const number = Number(text.replaceAll(/[_,]/g, ''));
    return Number.isSafeInteger(number) && number > 0 ? { kind: 'instruction', number } : undefined;
  }
  if (/^0x[0-9a-f]{1,8}$/i.test(text)) return { kind: 'address', address: Number(text) };
  const [, file, line] = /^(.+):(\d+)$/.exec(text) ?? [];
  if (file !== undefined) return { kind: 'line', file, line: Number(line) };
  const [, name, offset] = /^([A-Za-z_$.][\w$.@]*)(?:\+(0x[0-9a-f]+|\d+))?$/i.exec(text) ?? [];
  return name === undefined ? undefined : { kind: 'symbol', name, offset: Number(offset ?? 0) };
}

/** Linear addresses of a place; or why there are none, as what follows the name of the program in a sentence. */
export function resolvePlace(place: Place, image: ProgramImage): readonly number[] | string {
  const { symbols, lines } = image;
  switch (place.kind) {
    case 'instruction':
      return [];
    case 'address':
      return [place.address];
    case 'symbol': {
      const address = symbols.functionAddress(place.name);
      if (address !== undefined) return [(address + place.offset) >>> 0];
      if (symbols.all.length === 0) return 'has no symbols: it is stripped';
      return symbols.address(place.name) === undefined
        ? `has no symbol ${place.name}`
        : `has no function ${place.name}: it is a variable`;
    }
    case 'line': {
      if (lines.isEmpty) return 'has no line numbers: compile it with -g';
      const { addresses } = lines.addressesOf(place.file, place.line);
      if (addresses.length > 0) return addresses;
      const known = lines.names.some(name => name === place.file || name.endsWith(`/${place.file}`));
      return known ? `has no code at or after line ${place.line} of ${place.file}` : `has no source file ${place.file}`;
    }
  }
}
