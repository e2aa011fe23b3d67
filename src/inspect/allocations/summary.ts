/** How a process's memory stands when it ends: what is in use, what is held, what keeps it so. */
import type { AllocationEvent, AllocationSummary, Caller, LiveBlock, Source } from './events.ts';
import type { Block, HeapModel, Range } from './heap-model.ts';

const MOST_LEAKS = 20;

/** Counts calls as they come, so that the events themselves need not be kept. */
export class Tally {
  calls = 0;
  frees = 0;
  problems = 0;
  readonly served: Record<Source['kind'] | 'failed', number> = {
    reuse: 0,
    unused: 0,
    brk: 0,
    mmap: 0,
    mremap: 0,
    'in-place': 0,
    failed: 0,
  };

  add({ call, source, returned, size, problem, values }: AllocationEvent): void {
    this.calls++;
    if (call === 'free' && values[0] !== 0) this.frees++;
    if (problem) this.problems++;
    if (source) this.served[source.kind]++;
    else if (returned && call !== 'free' && size !== 0) this.served.failed++;
  }
}

export function summarize(
  pid: number,
  model: HeapModel,
  tally: Tally,
  callerOf: (back: number) => Caller,
): AllocationSummary {
  const holes = model.holes().filter(({ start }) => start >= model.startBrk && start < model.brk);
  const highest = highestInHeap(model);
  // What lies above the highest block is the allocator's to give back.
  const below = holes.filter(({ start }) => highest !== undefined && start < highest.address);
  const size = ({ start, end }: Range): number => end - start;
  const largest = holes.reduce<Range | undefined>(
    (best, hole) => (best && size(best) >= size(hole) ? best : hole),
    undefined,
  );
  const describe = ({ id, address, size: bytes, mapped, caller }: Block): LiveBlock => ({
    id,
    address,
    size: bytes,
    mapped,
    caller: callerOf(caller),
  });
  return {
    pid,
    calls: tally.calls,
    frees: tally.frees,
    served: { ...tally.served },
    problems: tally.problems,
    liveBytes: model.liveBytes,
    liveBlocks: model.live.size,
    peakBytes: model.peakBytes,
    held: model.held,
    heap: { start: model.startBrk, end: model.brk },
    mappedBytes: model.mappedBytes,
    largestHole: largest ?? null,
    holeBytes: holes.reduce((sum, hole) => sum + size(hole), 0),
    pin: highest
      ? {
          ...describe(highest),
          freeBelow: below.reduce((sum, hole) => sum + size(hole), 0),
          above: Math.max(0, model.brk - (highest.address + highest.size)),
        }
      : null,
    leaks: leaksOf(model, callerOf),
  };
}

/** The block in use that lies highest in the heap: it keeps the end of the heap above itself. */
function highestInHeap({ live, startBrk, brk }: HeapModel): Block | undefined {
  let highest: Block | undefined;
  for (const block of live.values()) {
    if (block.address < startBrk || block.address >= brk) continue;
    if (!highest || block.address > highest.address) highest = block;
  }
  return highest;
}

function leaksOf({ live }: HeapModel, callerOf: (back: number) => Caller): AllocationSummary['leaks'] {
  const places = new Map<number, { blocks: number; bytes: number }>();
  for (const { caller, size } of live.values()) {
    const place = places.get(caller) ?? { blocks: 0, bytes: 0 };
    place.blocks++;
    place.bytes += size;
    places.set(caller, place);
  }
  return [...places]
    .sort(([, a], [, b]) => b.bytes - a.bytes)
    .slice(0, MOST_LEAKS)
    .map(([back, sums]) => ({ caller: callerOf(back), ...sums }));
}
