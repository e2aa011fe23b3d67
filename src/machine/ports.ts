/**
 * The I/O address space: 65,536 ports, each owned by one chip or none. An unclaimed port reads all ones, ignores writes, and is named
 * once in the log. An access wider than its owner takes becomes byte accesses at consecutive ports, low byte first, as the ISA bus does it.
 */
import type { PortHandler, PortSpace, Width } from '../devices/wiring.ts';

const PORTS = 0x10000;

interface Owner {
  readonly name: string;
  readonly handler: PortHandler;
  readonly width: Width;
}

export class PortBus implements PortSpace {
  private readonly owners: (Owner | undefined)[] = new Array(PORTS).fill(undefined);
  private readonly named = new Set<number>();
  private readonly log: (message: string) => void;

  constructor(log: (message: string) => void = () => {}) {
    this.log = log;
  }

  claim(owner: string, first: number, count: number, handler: PortHandler): void {
    const entry: Owner = { name: owner, handler, width: handler.width ?? 1 };
    for (let port = first; port < first + count; port++) {
      const other = this.owners[port];
      if (other) throw new Error(`port 0x${port.toString(16)} is claimed by ${owner} and by ${other.name}`);
      this.owners[port] = entry;
    }
  }

  /** First and last port of each run of ports with one owner, in order. */
  map(): { first: number; last: number; owner: string }[] {
    const runs: { first: number; last: number; owner: string }[] = [];
    this.owners.forEach((owner, port) => {
      if (!owner) return;
      const run = runs.at(-1);
      if (run && run.last === port - 1 && run.owner === owner.name) run.last = port;
      else runs.push({ first: port, last: port, owner: owner.name });
    });
    return runs;
  }

  /** Unsigned, within the width. */
  read(port: number, width: Width): number {
    const owner = this.owners[port];
    if (owner && width <= owner.width) return owner.handler.read(port, width);
    if (width === 1) return this.unclaimed(port, 'read');
    let value = 0;
    for (let i = 0; i < width; i++) value |= this.read((port + i) & (PORTS - 1), 1) << (8 * i);
    return value >>> 0;
  }

  /** See PortHandler; 0 where the port has no such block. */
  readBlock(port: number, into: Uint8Array, width: Width): number {
    const owner = this.owners[port];
    return owner && width <= owner.width ? (owner.handler.readBlock?.(port, into, width) ?? 0) : 0;
  }

  write(port: number, value: number, width: Width): void {
    const owner = this.owners[port];
    if (owner && width <= owner.width) {
      owner.handler.write(port, value, width);
      return;
    }
    if (width === 1) {
      this.unclaimed(port, 'written');
      return;
    }
    for (let i = 0; i < width; i++) this.write((port + i) & (PORTS - 1), (value >>> (8 * i)) & 0xff, 1);
  }

  private unclaimed(port: number, access: string): number {
    if (!this.named.has(port)) {
      this.named.add(port);
      this.log(`port 0x${port.toString(16)} ${access}: nothing is there`);
    }
    return 0xff;
  }
}
