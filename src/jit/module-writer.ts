/**
 * Writes a module of regions. It has a table of its own, whose slot 0 is the dispatcher; a word of memory (a link) says through which slot to go for a region
 * elsewhere, and is 0 while there is none. An inline cache is such a word that goes with one EIP.
 *
 * Within a module regions call each other directly: when one is lost, so are they.
 */
import { addCores } from '../cpu/x87/cores.ts';
import { coreNumber, isCore } from '../cpu/x87/functions.ts';
import { Module } from '../wasm/module.ts';
import { regionKey } from './compiled.ts';
import type { PlannedRegion } from './compiler.ts';
import { PLACE_TYPE, REGION_TYPE } from './dispatcher.ts';
import type { FormTraits } from './form-traits.ts';
import type { ModuleImage, RegionFacts, WordRun } from './order.ts';
import { STORE_FLAGS_TYPE } from './region-flags.ts';
import { type Link, Site } from './region-frame.ts';
import { functionsOf, type WriterImports } from './region-plan.ts';
import { writeRegion } from './region-writer.ts';
import type { WordPool } from './word-pool.ts';

/** `pool` has words enough for them. */
export function writeModule(
  regions: readonly PlannedRegion[],
  view: DataView,
  traits: FormTraits,
  pool: WordPool,
): ModuleImage {
  const writer = new Module();
  writer.importMemory('env', 'memory', 1);
  const dispatch = writer.importFunction('jit', 'dispatch', REGION_TYPE);
  const place = writer.importFunction('jit', 'place', PLACE_TYPE);
  const storeFlags = writer.importFunction('jit', 'storeFlags', STORE_FLAGS_TYPE);
  const imported = (module: string, numbers: Iterable<number>) =>
    new Map([...new Set(numbers)].map(n => [n, writer.importFunction(module, String(n), REGION_TYPE)]));
  const cold = imported(
    'cold',
    regions.flatMap(({ plan }) => [...plan.cold]),
  );
  const x87Places = regions.flatMap(({ plan }) => [...plan.x87]);
  const x87 = imported(
    'x87',
    x87Places.filter(at => !isCore(at)),
  );
  let next = 3 + cold.size + x87.size;
  const indices = regions.map(region => {
    const index = next;
    next += functionsOf(region);
    return index;
  });
  const functions = new Map(regions.map(({ source }, i) => [source.key, i]));
  // Of regions for one address that differ in what lies there, the current one is found through a link.
  const keys = regions.map(({ source }) => source.key).sort((a, b) => a - b);
  keys.forEach((key, i) => {
    if (key === keys[i + 1]) functions.delete(key);
  });
  const words: WordRun[] = [];
  const links = new Map<number, ModuleImage['links'][number]>();
  const caches: ModuleImage['caches'][number][] = [];
  const maps: ModuleImage['maps'][number][] = [];
  let slots = 1;
  const take = (count: number): number => {
    const address = pool.take(count);
    words.push([address, count]);
    return address;
  };
  const facts = regions.map(({ source, plan }, i): RegionFacts => {
    const goesTo = new Set<number>();
    const imports: WriterImports = {
      view,
      traits,
      regionType: writer.typeIndex(REGION_TYPE),
      dispatch,
      place,
      storeFlags,
      cold: form => cold.get(form)!,
      x87: at => (isCore(at) ? next + coreNumber(at) : x87.get(at)!),
      link: (eip): Link => {
        const key = regionKey((source.csBase + eip) | 0, source.codeKey);
        const within = functions.get(key);
        if (within !== undefined) {
          goesTo.add(regions[within]!.source.id);
          return { kind: 'direct', target: indices[within]! };
        }
        let link = links.get(key);
        if (!link) {
          link = { key, address: take(1), slot: slots++ };
          links.set(key, link);
        }
        return { kind: 'slot', address: link.address };
      },
      site: (eip): Link => {
        const address = take(Site.words);
        caches.push({ region: source.id, eip, address, slot: slots });
        slots += Site.ways;
        return { kind: 'site', address };
      },
      map: bytes => {
        const address = take((bytes.length + 3) >> 2);
        maps.push({ address, bytes });
        return address;
      },
    };
    for (const { code, locals } of writeRegion(source, plan, imports, indices[i]! + 1))
      writer.addFunction(REGION_TYPE, locals, code);
    writer.export(String(source.id), indices[i]!);
    const knowsStack = typeof plan.unit === 'object';
    return { id: source.id, guards: plan.guards, knowsStack, goesTo: [...goesTo], vectors: plan.vectors };
  });
  if (x87Places.some(isCore)) addCores(writer);
  writer.addToTable(dispatch);
  writer.reserveTable(slots - 1);
  writer.exportTable('table');
  const bytes = writer.bytes();
  return {
    module: new WebAssembly.Module(bytes),
    bytes: bytes.length,
    regions: facts,
    cold: [...cold.keys()],
    x87: [...x87.keys()],
    links: [...links.values()],
    caches,
    words,
    maps,
  };
}
