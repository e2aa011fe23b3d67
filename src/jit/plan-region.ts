/**
 * Finds what the function of a region is to be like: control flow by dominators, what its instructions do with registers, stack and memory, by writing it once.
 * From the region's records and the state of the processor when it was asked for, alone.
 */
import { fieldAddress } from '../cpu/state.ts';
import { CODE_LIMIT } from './block-finder.ts';
import type { FormTraits } from './form-traits.ts';
import { successors, targetsOf } from './region.ts';
import { Site } from './region-frame.ts';
import type { RegionPlan, RegionSource, WriterImports } from './region-plan.ts';
import { RegionWriter } from './region-writer.ts';
import { isTrusted } from './simd-unit-checks.ts';
import { findWindow, type StackUse } from './stack-window.ts';
import { shapeOf } from './structure.ts';
import { planX87 } from './x87-region.ts';

const CS_BASE = fieldAddress('csBase');

export function planRegion(source: RegionSource, view: DataView, traits: FormTraits): RegionPlan {
  const { state } = source;
  const { blocks, entry } = source.region;
  const guards = new Map<number, number>();
  if (!source.flat) for (const at of [CS_BASE, CODE_LIMIT]) guards.set(at, state[at >> 2]!);
  const within = (list: readonly number[]) => list.filter(to => blocks.has(to));
  const shape = shapeOf(
    entry,
    eip => within(successors(blocks.get(eip)!)),
    eip => within(targetsOf(blocks.get(eip)!)),
  );
  const plan = {
    shape,
    homes: { read: new Set<number>(), written: new Set<number>(), lazyFlags: false },
    guards,
    unit: planX87(source, view, guards),
    cold: new Set<number>(),
    x87: new Set<number>(),
    window: undefined,
    neighbours: undefined,
    exact: !isTrusted(state),
    asks: source.asks,
    plain: new Map<number, number>(),
    invariant: 0,
    vectors: { inline: 0, called: 0 },
    words: [],
  };
  const words: number[] = [];
  const uses = new Map<number, StackUse>();
  const imports: WriterImports = {
    view,
    traits,
    regionType: 0,
    dispatch: 0,
    place: 0,
    storeFlags: 0,
    link: () => {
      words.push(1);
      return { kind: 'slot', address: 0 };
    },
    site: () => {
      words.push(Site.words);
      return { kind: 'site', address: 0 };
    },
    map: bytes => {
      words.push((bytes.length + 3) >> 2);
      return 0;
    },
    cold: form => {
      plan.cold.add(form);
      return 0;
    },
    x87: place => {
      plan.x87.add(place);
      return 0;
    },
  };
  const trial = new RegionWriter(source, plan, imports, { uses });
  trial.write();
  const found = { ...plan, window: findWindow(source.region, uses), neighbours: trial.neighbours, words };
  return trial.vectors ? { ...found, ...trial.vectors.findPlain(), vectors: trial.vectors.counts } : found;
}
