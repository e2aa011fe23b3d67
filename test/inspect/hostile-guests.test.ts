/** Random boot sectors, and random ends of a program: nothing a guest leaves behind may make an explanation throw. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { explainFault } from '../../src/inspect/fault-explanation.ts';
import { formatFault } from '../../src/inspect/fault-report.ts';
import { takeSnapshot } from '../../src/inspect/fault-snapshot.ts';
import { readTask, readTasks } from '../../src/inspect/maps.ts';
import { ProgramImage } from '../../src/inspect/program-image.ts';
import { ShutdownWatch } from '../../src/inspect/shutdown-watch.ts';
import { explainTripleFault, formatTripleFault } from '../../src/inspect/triple-fault.ts';
import { parseElf32 } from '../../src/loaders/elf32.ts';
import { MemoryStore } from '../../src/machine/block-store.ts';
import { Pc, type SerialSource } from '../../src/machine/pc.ts';
import { Journal, lastInstructions } from '../../src/session/replay.ts';
import { share } from '../setup/share.ts';

const MIB = 1 << 20;
const bios = readFileSync('roms/bios/bios.rom');

function randomBytes(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1;
  return below => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const silent: SerialSource = { next: () => 'eof' };

it('random code in a boot sector ends, is explained and replayed', () => {
  const reasons = new Map<string, number>();
  let replayed = 0;
  for (let seed = 1; seed <= share(6, 16); seed++) {
    const random = randomBytes(seed * 7919);
    const sector = Uint8Array.from({ length: 512 }, () => random(256));
    // Half of them in protected mode with a wild IDT: cli; lidt [7D00h]; CR0.PE = 1.
    if (seed % 2 === 0)
      sector.set([
        0xfa, 0x31, 0xc0, 0x8e, 0xd8, 0x0f, 0x01, 0x1e, 0x00, 0x7d, 0x0f, 0x20, 0xc0, 0x0c, 0x01, 0x0f, 0x22, 0xc0,
      ]);
    sector.set([0x55, 0xaa], 510);
    const build = (source: SerialSource, watch?: ShutdownWatch): Pc => {
      const pc: Pc = new Pc({
        memoryBytes: 2 * MIB,
        bios,
        disks: [new MemoryStore(sector)],
        com1: { source },
        observeException: fault => watch?.observe(pc.cpu, fault),
      });
      return pc;
    };
    const watch = new ShutdownWatch();
    const journal = new Journal(silent, () => pc.ticks);
    const pc = build(journal, watch);
    const stop = pc.run(300_000);
    reasons.set(stop.reason, (reasons.get(stop.reason) ?? 0) + 1);
    if (stop.reason !== 'triple-fault') continue;
    const history = lastInstructions(source => build(source), journal, pc.cpu.insns, 16);
    expect(history, `seed ${seed}`).toBeDefined();
    replayed++;
    const text = formatTripleFault(explainTripleFault(pc.cpu, { watch, history }), 121);
    expect(text).toMatch(/^TRIPLE FAULT/);
  }
  expect(replayed).toBeGreaterThan(2);
  expect(reasons.size).toBeGreaterThan(1);
});

it('wild page tables, tasks and registers are explained', () => {
  const pc = new Pc({ memoryBytes: 2 * MIB, bios });
  const { cpu } = pc;
  const { state, physical } = cpu;
  const program = parseElf32(readFileSync('guests/programs/bin/hello'));
  for (let seed = 1; seed <= 300; seed++) {
    const random = randomBytes(seed * 104729);
    const word = () => (random(65536) << 16) | random(65536);
    for (let at = 0; at < 0x8000; at += 4) physical.write(at, word(), 4);
    // A task that looks right as far as its first words go, with a list that goes anywhere.
    physical.write(0x500, 0x600, 4);
    physical.write(0x600, 0x54363852, 4);
    physical.write(0x604, 2, 4);
    physical.write(0x610, random(4) === 0 ? word() : 0x680, 4);
    physical.write(0x614, random(2) === 0 ? 0x600 : word(), 4);
    physical.write(0x684, random(2) === 0 ? 0x700 : word(), 4);
    physical.write(0x700, random(2) === 0 ? 0x700 : word(), 4);
    state.cr0 = random(3) === 0 ? 1 : 0x80000001 | 0;
    state.cr3 = random(8) << 12;
    state.cr4 = random(2) << 4;
    state.eip = random(4) === 0 ? word() : random(0x8000);
    state.cr2 = random(2) === 0 ? state.eip + random(16) : word();
    for (let register = 0; register < 8; register++)
      cpu.setRegister(register, random(2) === 0 ? word() : random(0x8000), 4);
    const snapshot = takeSnapshot(cpu, { vector: random(2) === 0 ? 14 : random(20), errorCode: random(32) });
    const task = readTask(physical, state, 0x500);
    expect(readTasks(physical, state, 0x500).length).toBeLessThan(2000);
    // Its names and frames are at addresses that the registers point to now and then.
    const image = new ProgramImage(program, seed % 2 === 0 ? -0x8048000 : 0);
    const fault = explainFault(snapshot, { memory: physical, task, image, firstTouch: () => undefined });
    expect(formatFault(fault, { signal: 'SIGSEGV', pid: 1, program: 'p', exitCode: 139 })).toMatch(/exit 139$/);
    expect(JSON.stringify(fault)).not.toMatch(/NaN|Infinity/);
  }
});
