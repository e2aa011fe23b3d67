/**
 * Going back without having kept anything but the input: a machine built again from the same parts, given the same bytes at the same ticks, does
 * the same. So the last instructions of a run that ended badly are had by running it again and stepping through its end.
 */
import { disassembleAt } from '../inspect/disassemble.ts';
import { peekLinear } from '../inspect/page-walk.ts';
import type { ExecutedInstruction, History } from '../inspect/triple-fault.ts';
import type { Pc, PcStop, SerialSource } from '../machine/pc.ts';
import { typeOn } from './typing.ts';

interface SerialEntry {
  readonly tick: number;
  readonly value: number | 'eof';
}

interface KeyEntry {
  readonly tick: number;
  readonly text: string;
}

/** What came into a machine, and when. Stands between a source and the serial port. */
export class Journal implements SerialSource {
  readonly serial: SerialEntry[] = [];
  readonly keys: KeyEntry[] = [];
  private readonly source: SerialSource;
  private readonly now: () => number;

  constructor(source: SerialSource, now: () => number) {
    this.source = source;
    this.now = now;
  }

  next(): number | 'eof' | 'wait' {
    const value = this.source.next();
    // The end is said once; what asks again gets the same.
    if (value !== 'wait' && this.serial.at(-1)?.value !== 'eof') this.serial.push({ tick: this.now(), value });
    return value;
  }

  /** Keys typed on the guest's keyboard. */
  typed(text: string): void {
    this.keys.push({ tick: this.now(), text });
  }
}

const PAGING = 0x80000000;
const CS = 1;
const BIG = 1 << 14;

/** A machine that is given what came into another, at the same ticks: it does the same. */
export class Replay {
  readonly pc: Pc;
  private readonly journal: Journal;
  private serial = 0;
  private keys = 0;

  /** `build` makes the same machine again, fed by the source it is given. */
  constructor(build: (source: SerialSource) => Pc, journal: Journal) {
    this.journal = journal;
    let pc: Pc | undefined;
    pc = build({
      next: () => {
        const entry = journal.serial[this.serial];
        if (!entry || !pc || pc.ticks < entry.tick) return 'wait';
        if (entry.value !== 'eof') this.serial++;
        return entry.value;
      },
    });
    this.pc = pc;
  }

  /** Runs on for at most so many ticks, with a pause at each tick at which something came in. */
  run(ticks: number): PcStop {
    const { pc, journal } = this;
    for (; this.keys < journal.keys.length && journal.keys[this.keys]!.tick <= pc.ticks; this.keys++)
      typeOn(pc, journal.keys[this.keys]!.text);
    const next = Math.min(journal.serial[this.serial]?.tick ?? Infinity, journal.keys[this.keys]?.tick ?? Infinity);
    return pc.run(Math.max(1, Math.min(ticks, next - pc.ticks)));
  }

  /** Runs until `insns` instructions have been executed; false when the machine stops before. */
  runTo(insns: number): boolean {
    const { cpu } = this.pc;
    while (cpu.insns < insns) {
      const { reason } = this.run(insns - cpu.insns);
      if (reason !== 'limit' && reason !== 'requested') return false;
    }
    return true;
  }
}

/**
 * Replays to `count` instructions before the triple fault at instruction `end`, and steps through them. Undefined when the replay does not come to the
 * same end.
 */
export function lastInstructions(
  build: (source: SerialSource) => Pc,
  journal: Journal,
  end: number,
  count: number,
): History | undefined {
  const replay = new Replay(build, journal);
  const { pc } = replay;
  const { cpu } = pc;
  if (!replay.runTo(end - count)) return undefined;
  const last: ExecutedInstruction[] = [];
  let pagingOn: number | undefined;
  for (;;) {
    const before = { insns: cpu.insns, paging: cpu.state.cr0 & PAGING };
    const entry = current(pc);
    const { reason } = replay.run(1);
    if (cpu.insns > before.insns) last.push(entry);
    if (before.paging === 0 && (cpu.state.cr0 & PAGING) !== 0) pagingOn = entry.insnNumber;
    if (reason === 'triple-fault') break;
    if ((reason !== 'limit' && reason !== 'requested') || cpu.insns > end) return undefined;
  }
  if (cpu.insns !== end) return undefined;
  return { last, pagingSince: pagingOn === undefined ? undefined : end - pagingOn };
}

function current({ cpu }: Pc): ExecutedInstruction {
  const eip = cpu.state.eip >>> 0;
  const { selector, base, access } = cpu.segment(CS);
  const byte = (index: number): number => peekLinear(cpu.physical, cpu.state, (base + eip + index) >>> 0);
  const { text } = disassembleAt(byte, { address: eip, big: (access & BIG) !== 0 });
  return { insnNumber: cpu.insns + 1, cs: selector, eip, insn: text };
}
