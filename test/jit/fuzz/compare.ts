/**
 * The same program on the interpreter and on JITs, stretch by stretch: registers, flags, memory, what the board has noted, and the count of instructions must
 * be the same after each. Everything follows from the program, the schedule and the options: a difference comes again.
 */
import type { Cpu } from '../../../src/cpu/cpu.ts';
import { wasmEngine } from '../../../src/cpu/engine.ts';
import { Flag } from '../../../src/isa/flags.ts';
import { compileBeside, EAGER, Jit } from '../../../src/jit/jit.ts';
import type { JitOptions } from '../../../src/jit/options.ts';
import type { JitStatistics } from '../../../src/jit/statistics.ts';
import { architecture, makeCpu, Random } from '../../cpu/rig.ts';
import { lateChannel } from '../late-channel.ts';
import { Board } from './board.ts';
import { type Loaded, load, type Program } from './kind.ts';
import { Layout } from './layout.ts';
import { happen, makeSchedule, type Step } from './schedule.ts';

export interface Case {
  readonly program: Program;
  readonly steps: readonly Step[];
}

export interface Difference {
  readonly engine: EngineName;
  /** Number of the stretch after which they differ, and the counts before and after it. */
  readonly step: number;
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

export interface Result {
  readonly difference: Difference | undefined;
  readonly insns: number;
  readonly statistics: readonly JitStatistics[];
}

/** Compiles at first sight; waits, merges and makes anew; gives up soon; and compiles beside the run, where what comes of it comes late. */
export const EngineNames = ['eager', 'middling', 'hasty', 'beside'] as const;
export type EngineName = (typeof EngineNames)[number];
const middling: JitOptions = {
  hotJump: 20,
  hotMiss: 5,
  hotSite: 2,
  hotPart: 2,
  leastCalls: 1,
  warmUp: 0,
  losses: 1000,
  lossPause: 0,
  leaves: 2,
  lot: 4,
  patience: 500,
  merge: 2,
  leastRun: 0,
  thinRun: 0,
  share: 1,
  besideAfter: Number.POSITIVE_INFINITY,
};
const Options: Readonly<Record<EngineName, JitOptions>> = {
  eager: EAGER,
  middling,
  beside: { ...middling, merge: 3, lot: 16, besideAfter: 0 },
  hasty: {
    hotJump: 3,
    hotMiss: 3,
    hotSite: 1,
    hotPart: 2,
    leastCalls: 10,
    warmUp: 100,
    losses: 3,
    lossPause: 100,
    leaves: 1,
    lot: 2,
    patience: 40,
    merge: 2,
    leastRun: 0,
    thinRun: 100,
    share: 1,
    besideAfter: Number.POSITIVE_INFINITY,
  },
};

interface Machine {
  readonly name: string;
  readonly cpu: Cpu;
  readonly board: Board;
  readonly loaded: Loaded;
  readonly jit: Jit | undefined;
}

export function machine(program: Program, name: EngineName | undefined): Machine {
  const board = new Board();
  let jit: Jit | undefined;
  const cpu = makeCpu({
    bus: boardBus(board),
    engine: (memory, imports) => {
      const interpreter = wasmEngine(memory, imports);
      if (!name) return interpreter;
      if (name === 'beside') compileBeside(() => lateChannel(program.seed));
      jit = new Jit(memory, interpreter, Options[name]);
      compileBeside(undefined);
      return jit;
    },
  });
  board.cpu = cpu;
  cpu.physical.map('rom', Layout.rom, Layout.rom + 0x4000, Layout.copies);
  cpu.physical.mapDevice(Layout.device, Layout.device + 0x1000, board);
  return { name: name ?? 'interpreter', cpu, board, loaded: load(cpu, program), jit };
}

/** Methods of a class do not spread. */
function boardBus(board: Board): Board {
  return {
    readPort: (port: number, size: 1 | 2 | 4) => board.readPort(port, size),
    writePort: (port: number, value: number, size: 1 | 2 | 4) => board.writePort(port, value, size),
    acknowledgeInterrupt: () => board.acknowledgeInterrupt(),
    timestamp: () => board.timestamp(),
    observeException: (fault: Parameters<Board['observeException']>[0]) => board.observeException(fault),
  } as Board;
}

/** The usual schedule of a program. */
export const caseOf = (program: Program, most = 60_000): Case => ({
  program,
  steps: makeSchedule(new Random(program.seed + 4), most),
});

/** Runs a case; `engines` are compared with the interpreter. `until`: the last stretch, shortened to `last` instructions. */
export function compare(
  { program, steps }: Case,
  engines: readonly EngineName[] = EngineNames,
  { until = Number.POSITIVE_INFINITY, last = Number.POSITIVE_INFINITY } = {},
): Result {
  const reference = machine(program, undefined);
  const others = engines.map(name => machine(program, name));
  let difference: Difference | undefined;
  let from = 0;
  for (const [i, step] of steps.entries()) {
    if (i > until || difference) break;
    const length = i === until ? Math.min(step.length, last) : step.length;
    from = reference.cpu.insns;
    const reason = stretch(reference, step, length);
    const expected = observe(reference.cpu);
    // All of memory is compared after long stretches, and now and then.
    const whole = length > 500 || i % 16 === 15 || i === steps.length - 1 || i === until;
    for (const [n, other] of others.entries()) {
      const otherReason = stretch(other, step, length);
      const text =
        reason !== otherReason ? `stop: ${reason}, ${otherReason}` : differing(reference, other, expected, whole);
      if (!text) continue;
      difference = { engine: engines[n]!, step: i, from, to: reference.cpu.insns, text };
      break;
    }
    for (const { board } of [reference, ...others]) board.notes.length = 0;
    const { cpu } = reference;
    const isStuck = cpu.halted && (cpu.state.eflags & Flag.IF) === 0;
    if (reason === 'triple-fault' || isStuck) break;
  }
  return { difference, insns: reference.cpu.insns, statistics: others.map(({ jit }) => jit!.statistics) };
}

function stretch({ cpu, board, loaded }: Machine, { event }: Step, length: number): string {
  happen(board, loaded, event);
  const end = cpu.insns + length;
  let reason: string = 'limit';
  // A device may ask for stops; the stretch goes on.
  while (cpu.insns < end) {
    reason = cpu.run(end - cpu.insns);
    if (reason !== 'requested') break;
  }
  return reason;
}

function observe(cpu: Cpu): Record<string, number | string> {
  const { nmiBlocked, interruptLine } = cpu;
  const { shadow, stackShadow, nmi } = cpu.events;
  return { ...architecture(cpu), held: [shadow, stackShadow, nmi, nmiBlocked, interruptLine].join(' ') };
}

function differing(a: Machine, b: Machine, expected: Record<string, number | string>, whole: boolean): string {
  const found = observe(b.cpu);
  const parts: string[] = [];
  for (const name of Object.keys(expected))
    if (expected[name] !== found[name]) parts.push(`${name} ${show(expected[name]!)} ${show(found[name]!)}`);
  const note = a.board.notes.findIndex((text, i) => text !== b.board.notes[i]);
  if (note >= 0) parts.push(`note ${note}: ${a.board.notes[note]}; ${b.board.notes[note]}`);
  else if (b.board.notes.length > a.board.notes.length)
    parts.push(`note: none; ${b.board.notes[a.board.notes.length]}`);
  if ((whole || parts.length > 0) && Buffer.compare(a.cpu.physical.bytes, b.cpu.physical.bytes) !== 0) {
    const at = a.cpu.physical.bytes.findIndex((byte, i) => byte !== b.cpu.physical.bytes[i]);
    parts.push(`memory at ${show(at)} ${show(a.cpu.physical.bytes[at]!)} ${show(b.cpu.physical.bytes[at]!)}`);
  }
  return parts.join('; ');
}

const show = (value: number | string): string => (typeof value === 'number' ? `0x${value.toString(16)}` : value);
