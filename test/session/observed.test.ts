/** Observation changes nothing: a run that is traced is the run that is not, on every engine; and what the trace counts is what the program's own malloc has counted. */
import { describe, expect, it } from 'vitest';
import type { AllocationEvent, AllocationSummary } from '../../src/inspect/allocations/events.ts';
import { peekLinear32 } from '../../src/inspect/page-walk.ts';
import { SystemCallTrace } from '../../src/inspect/system-calls/trace.ts';
import { AllocationWatch } from '../../src/session/allocation-watch.ts';
import type { EngineName } from '../../src/session/engine-names.ts';
import { share } from '../setup/share.ts';
import { finish, machineFor, type Run } from './machine.ts';

interface Traced {
  readonly end: unknown;
  readonly lines: string[];
  readonly events: AllocationEvent[];
  readonly summaries: AllocationSummary[];
  readonly run: Run;
}

function traced(name: string, args: readonly string[], engine: EngineName, slice?: number): Traced {
  const run = machineFor(name, args, engine);
  const lines: string[] = [];
  const events: AllocationEvent[] = [];
  const summaries: AllocationSummary[] = [];
  const calls = new SystemCallTrace({ line: text => lines.push(text) });
  const allocations = new AllocationWatch(run.session, {
    event: event => events.push(event),
    ended: summary => summaries.push(summary),
  });
  run.session.watchProcesses(
    { entered: (call, memory) => calls.enter(call, memory), left: (at, memory) => calls.leave(at, memory) },
    allocations,
  );
  // A place that is passed all the time.
  const linear = run.session.symbols.functionAddress('malloc') ?? run.session.entry;
  run.session.pc.cpu.observation.add({ linear, meet: () => undefined });
  const end = finish(run, slice);
  allocations.close();
  return { end, lines, events, summaries, run };
}

describe('a traced run is the run itself', () => {
  const programs: readonly [string, readonly string[]][] = [
    ['fault-double-free', []],
    ['hello', []],
    ['story', []],
    ['malloc-test', ['1']],
  ];
  it.each(programs.slice(0, share(1, programs.length)))('%s', { timeout: 300_000 }, (name, args) => {
    const expected = finish(machineFor(name, args, 'interp'));
    const first = traced(name, args, 'interp');
    expect(first.end).toEqual(expected);
    const others: readonly (readonly [EngineName, number | undefined])[] = [
      ['jit', 99_991],
      ['jit-eager', undefined],
    ];
    for (const [engine, slice] of share(others.slice(0, 1), others)) {
      const other = traced(name, args, engine, slice);
      expect(other.end).toEqual(expected);
      expect(other.lines).toEqual(first.lines);
      expect(other.events).toEqual(first.events);
      expect(other.summaries).toEqual(first.summaries);
    }
  });
});

it('counts what malloc has counted', { timeout: 300_000 }, () => {
  const { events, summaries, run } = traced('alloc', [], 'jit');
  const { cpu } = run.session.pc;
  const at = run.session.symbols.address('__malloc_counters')!;
  // struct malloc_counters: served by reuse, top, brk, mmap; freed, trims, unmaps.
  const [reuse, top, brk, mmap, freed, trims, unmaps] = Array.from({ length: 7 }, (_, i) =>
    peekLinear32(cpu.physical, cpu.state, at + i * 4),
  );
  const [{ served, frees }] = summaries as [AllocationSummary];
  // Freed memory that has become part of the top again is reuse for us, top for malloc.
  expect(served.reuse + served.unused).toBe(reuse! + top!);
  expect([served.brk, served.mmap, frees]).toEqual([brk, mmap, freed]);
  const released = events.flatMap(event => event.releases);
  expect(released.filter(({ kind }) => kind === 'brk')).toHaveLength(trims!);
  expect(released.filter(({ kind }) => kind === 'munmap')).toHaveLength(unmaps!);
  expect(events.find(({ id }) => id === 3)?.source).toEqual({ kind: 'reuse', of: 1 });
});

it('knows which block pins the heap', { timeout: 300_000 }, () => {
  // Ended where eight blocks of 100 KiB have been freed below one of 2000 bytes.
  const run = machineFor('alloc', [], 'jit');
  let frees = 0;
  const summaries: AllocationSummary[] = [];
  const watch = new AllocationWatch(run.session, {
    event: ({ call }) => {
      if (call === 'free' && ++frees === 9) run.session.pc.requestStop();
    },
    ended: summary => summaries.push(summary),
  });
  run.session.watchProcesses(watch);
  while (run.session.pc.run(1e6).reason === 'limit');
  watch.close();
  const [{ pin, largestHole }] = summaries as [AllocationSummary];
  expect(pin).toMatchObject({ size: 2000, caller: { symbol: expect.stringMatching(/^main\+/), line: 25 } });
  expect(pin!.freeBelow).toBeGreaterThanOrEqual(8 * 100 * 1024);
  expect(largestHole!.end - largestHole!.start).toBeGreaterThanOrEqual(8 * 100 * 1024);
});
