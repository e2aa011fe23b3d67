/**
 * From linear to physical addresses: the TLB words that the engines read, the walks that fill them, and what forgets them.
 *
 * A word is good for fetching as well, but while no-execute is in force: then every fetch that is not in the jump cache walks. The generation moves with
 * every change of address translation, so that entries of the jump cache that depend on it are good for nothing afterwards.
 */
import { newWalk, noExecuteActive, type Walk, walk } from '../mmu/paging.ts';
import type { PhysicalMemory } from '../mmu/physical.ts';
import { Tlb as TlbTables } from '../mmu/tlb.ts';
import type { Breakpoints } from './breakpoints.ts';
import type { CodeCache } from './code-cache.ts';
import type { Cpu } from './cpu.ts';
import { KEY_SHIFT } from './decode-mode.ts';
import { type State, TLB, Tlb } from './state.ts';

/** Stands for a translation to where no host memory is - devices, and nothing; a bit that no TLB word has. */
export const DIRECT = 0x10;

export class Translation {
  /** Part of `key`: see updateMode(). */
  generation = 1;
  /** No-execute is in force. */
  noExecute = false;
  /** Translations of user mode are marked for alignment checks. */
  alignedUser = false;
  private readonly cpu: Cpu;
  private readonly state: State;
  private readonly physical: PhysicalMemory;
  private readonly code: CodeCache;
  private readonly breakpoints: Breakpoints;
  private readonly tlb: TlbTables;
  private readonly walked: Walk;
  /** Physical page of the last walk: where DIRECT accesses go. */
  private walkedPage = 0;

  constructor(cpu: Cpu) {
    const { state } = cpu;
    this.cpu = cpu;
    this.state = state;
    this.physical = cpu.physical;
    this.code = cpu.code;
    this.breakpoints = cpu.breakpoints;
    this.tlb = new TlbTables(cpu.words, TLB >> 2, () => {
      // Compiled code may hold on to a translation.
      state.codeDropped = 1;
    });
    this.walked = newWalk(cpu.model.features.has('pse36'));
  }

  /** The TLB word as it stands, 0 for none. */
  known(linear: number, write: boolean, user: boolean): number {
    return this.tlb.at((user ? 2 : 0) | (write ? 1 : 0), linear >>> 12);
  }

  /** The TLB word for an access, filled by a walk if need be; 0 after raising a page fault. Devices and nothing give `DIRECT`. */
  translate(linear: number, write: boolean, user: boolean): number {
    const page = linear >>> 12;
    const slot = (user ? 2 : 0) | (write ? 1 : 0);
    const present = this.tlb.at(slot, page);
    if (present !== 0) return present;
    const { walked } = this;
    walk(this.physical, this.state, linear, write ? 'write' : 'read', user, walked);
    if (walked.fault >= 0) return this.pageFault(linear);
    this.walkedPage = walked.page;
    this.fill(page, slot & 2);
    const word = this.tlb.at(slot, page);
    return word === 0 ? DIRECT : word;
  }

  /** As translate(), for fetching at the current privilege level. */
  translateFetch(linear: number): number {
    const { state, walked } = this;
    const user = state.cpl === 3;
    if (!this.noExecute) return this.translate(linear, false, user);
    walk(this.physical, state, linear, 'fetch', user, walked);
    if (walked.fault >= 0) return this.pageFault(linear);
    this.walkedPage = walked.page;
    const host = this.physical.hostPage(walked.page, false);
    return host < 0 ? DIRECT : wordFor(host, linear >>> 12, 0);
  }

  /** As translate(), but an access that would fault is no matter: 0 then, and nothing is raised. */
  attempt(linear: number, write: boolean, user: boolean): number {
    const known = this.known(linear, write, user);
    if (known !== 0) return known;
    walk(this.physical, this.state, linear, write ? 'write' : 'read', user, this.walked);
    if (this.walked.fault >= 0) return 0;
    this.fill(linear >>> 12, user ? 2 : 0);
    return this.known(linear, write, user);
  }

  /** Physical address behind a linear one that translate() has just answered for. */
  physicalOf(word: number, linear: number): number {
    if (word === DIRECT) return this.walkedPage * 0x1000 + (linear & 0xfff);
    return ((linear + (word & ~0xfff)) >>> 0) - 0x1000;
  }

  /** See EngineHost. A walk for an access that would fault marks nothing, and CR2 is written by the access itself when it comes. */
  enter(linear: number, write: boolean): number {
    const user = this.state.cpl === 3;
    // #AC comes before a walk, which leaves its marks: whoever knows the size of the access must look first.
    if (this.tlb.isFull || (this.alignedUser && user)) return 0;
    const { cr2 } = this.state;
    const word = this.translate(linear, write, user);
    this.state.cr2 = cr2;
    return word === DIRECT ? 0 : word;
  }

  /** See EngineHost. */
  enterFetch(): boolean {
    const { state } = this;
    const { cr2 } = state;
    const word = this.translateFetch((state.csBase + state.eip) | 0);
    state.cr2 = cr2;
    return word !== 0 && word !== DIRECT;
  }

  /** Forgets all translations: CR3 (`keepGlobal`: global pages stay), paging bits of CR0 and CR4, A20. */
  flush(keepGlobal = false): void {
    this.tlb.flush(keepGlobal);
    this.changed();
  }

  flushPage(linear: number): void {
    this.tlb.flushPage(linear >>> 12);
    this.changed();
  }

  /** Has the accesses of user mode ask for alignment from now on, or no more. */
  markAligned(aligned: boolean): void {
    this.alignedUser = aligned;
    this.tlb.flush();
    this.advanceGeneration();
  }

  /** Writes to a physical page, which has code now, must ask first, through whatever linear page. */
  guardCode(page: number): void {
    this.tlb.update((word, linearPage, slot) => {
      if ((slot & 1) === 0) return word;
      const target = (((linearPage << 12) + (word & ~0xfff)) >>> 12) - 1;
      return target === page ? peculiar(word, Tlb.code) : word;
    });
  }

  /** Raises #PF for what the last walk found. */
  private pageFault(linear: number): 0 {
    this.state.cr2 = linear;
    this.cpu.raise(14, this.walked.fault);
    return 0;
  }

  /** Enters what the last walk found. */
  private fill(page: number, privilege: number): void {
    const { page: physicalPage, writable, global, large } = this.walked;
    const host = this.physical.hostPage(physicalPage, false);
    if (host < 0) return;
    const { watching, armed } = this.breakpoints;
    const watched = (watching || armed) && this.breakpoints.onAnyPage(page) ? Tlb.watched : 0;
    const flags = watched | (privilege !== 0 && this.alignedUser ? Tlb.aligned : 0);
    const read = wordFor(host, page, flags);
    const write = writable && this.physical.hostPage(physicalPage, true) >= 0;
    const written = this.code.hasCode(host) ? peculiar(read, Tlb.code) : read;
    this.tlb.set(privilege, page, read, write ? written : 0, global, large);
  }

  private changed(): void {
    this.advanceGeneration();
    if (this.noExecute !== noExecuteActive(this.state)) {
      this.noExecute = !this.noExecute;
      this.code.clearPending = true;
    }
    this.cpu.updateMode();
  }

  private advanceGeneration(): void {
    this.generation++;
    if (this.generation >>> (32 - KEY_SHIFT) === 0) return;
    this.generation = 1;
    this.code.clearJumps();
  }
}

function wordFor(hostPage: number, linearPage: number, flags: number): number {
  return ((hostPage + 1 - linearPage) << 12) | (flags === 0 ? Tlb.plain : flags) | 0;
}

/** The word of a page where one has to ask first, for `flag` too. */
function peculiar(word: number, flag: number): number {
  return (word & ~Tlb.plain) | flag;
}
