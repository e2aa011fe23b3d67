/** All kinds of programs, by name. */
import { flat32, user32 } from './flat.ts';
import type { Kind } from './kind.ts';
import { protected16, protected32 } from './protected.ts';
import { real16 } from './real.ts';
import { v86 } from './virtual.ts';

export const Kinds: Readonly<Record<string, Kind>> = Object.fromEntries(
  [flat32, user32, real16, protected16, protected32, v86].map(kind => [kind.name, kind]),
);
