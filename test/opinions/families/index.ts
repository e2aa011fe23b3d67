/** The families of cases. A case is its family's, with the seed that its number gives. */
import type { Case } from '../case.ts';
import { Draft } from '../draft.ts';
import { debug } from './debug.ts';
import { doubles } from './doubles.ts';
import { gates } from './gates.ts';
import { paging, pagingControl } from './paging.ts';
import { randomInstructions } from './random.ts';
import { realMode } from './real.ts';
import { limits, segmentLoads, systemSegments } from './segments.ts';
import { fastSystemCalls, floating, modelSpecific, ports } from './system.ts';
import { tasks } from './tasks.ts';
import { farReturns, farTransfers } from './transfers.ts';
import { protectedVirtual, virtual8086 } from './virtual.ts';

const FAMILIES: Readonly<Record<string, (draft: Draft) => void>> = {
  gates,
  doubles,
  tasks,
  v86: virtual8086,
  pvi: protectedVirtual,
  paging,
  'paging-control': pagingControl,
  debug,
  segments: segmentLoads,
  'system-segments': systemSegments,
  limits,
  transfers: farTransfers,
  returns: farReturns,
  sysenter: fastSystemCalls,
  system: modelSpecific,
  ports,
  floating,
  real: realMode,
  random: randomInstructions,
};

export const Families = Object.keys(FAMILIES);

/** Families take turns. */
export const familyOf = (number: number): string => Families[number % Families.length]!;

/** Seeds are apart by so much: numbers stay below. */
const STRIDE = 0x1000193;

export function makeCase(seed: number, number: number): Case {
  const family = familyOf(number);
  const draft = new Draft(seed * STRIDE + number + 1);
  FAMILIES[family]!(draft);
  return draft.finish(family);
}
