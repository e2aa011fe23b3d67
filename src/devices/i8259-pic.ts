/**
 * The PC/AT's pair of 8259A interrupt controllers: the slave's INT is the master's IR2. Source: IBM PC/AT technical reference; ELCR: Intel
 * 82371SB datasheet, 2.5.7. What one chip does: i8259-chip.ts.
 *
 * | port       | chip                                                    |
 * |------------|---------------------------------------------------------|
 * | 20h, 21h   | master: IRQ 0-7                                         |
 * | A0h, A1h   | slave: IRQ 8-15                                         |
 * | 4D0h, 4D1h | ELCR of each: a set bit makes that input level-triggered |
 */
import { Chip } from './i8259-chip.ts';
import type { Line, PortHandler, PortSpace, Snapshotting } from './wiring.ts';

/** The master's input that the slave drives. */
const CASCADE = 2;

export class I8259Pair implements Snapshotting {
  private readonly master: Chip;
  private readonly slave: Chip;

  /** `intr`: the processor's interrupt request. */
  constructor(ports: PortSpace, intr: Line) {
    this.master = new Chip(intr, true);
    this.slave = new Chip({ set: level => this.master.setInput(CASCADE, level) }, false);
    ports.claim('8259A master', 0x20, 2, registersOf(this.master));
    ports.claim('8259A slave', 0xa0, 2, registersOf(this.slave));
    ports.claim('8259A ELCR', 0x4d0, 2, {
      read: port => this.chip((port & 1) * 8).elcr,
      write: (port, value) => {
        this.chip((port & 1) * 8).elcr = value;
      },
    });
  }

  /** The wire of IRQ 0-15; 2 is the cascade and nobody's. */
  line(irq: number): Line {
    if (irq === CASCADE || irq < 0 || irq > 15) throw new Error(`IRQ 0x${irq.toString(16)} has no wire`);
    return { set: level => this.chip(irq).setInput(irq & 7, level) };
  }

  /** INTA cycle: the vector of the interrupt taken into service, or a spurious one. */
  acknowledge(): number {
    const input = this.master.take();
    if (input !== CASCADE) return this.master.vector(input);
    return this.slave.vector(this.slave.take());
  }

  /** Whether a request on this line would reach the processor now: not masked, and held off by nothing in service. */
  accepts(irq: number): boolean {
    if (irq < 8) return this.master.accepts(irq);
    return this.slave.accepts(irq & 7) && this.master.accepts(CASCADE);
  }

  reset(): void {
    this.slave.reset();
    this.master.reset();
  }

  save(): unknown {
    return { master: this.master.save(), slave: this.slave.save() };
  }

  load(state: unknown): void {
    const { master, slave } = state as { master: unknown; slave: unknown };
    this.slave.load(slave);
    this.master.load(master);
  }

  private chip(irq: number): Chip {
    return irq < 8 ? this.master : this.slave;
  }
}

const registersOf = (chip: Chip): PortHandler => ({
  read: port => ((port & 1) === 0 ? chip.readEven() : chip.readOdd()),
  write: (port, value) => ((port & 1) === 0 ? chip.writeEven(value) : chip.writeOdd(value)),
});
