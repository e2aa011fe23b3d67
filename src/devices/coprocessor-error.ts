/**
 * The coprocessor's error on an AT: FERR# of the processor is latched and becomes IRQ 13, until the handler writes port F0h. Source: IBM PC/AT Technical
 * Reference, "Coprocessor"; SDM vol. 1, D.2.1 (MS-DOS compatibility mode).
 *
 * | port | write                                                       | read     |
 * |------|-------------------------------------------------------------|----------|
 * | F0h  | any: drops IRQ 13, and raises IGNNE# while FERR# is active   | all ones |
 * | F1h  | any: drops IRQ 13 (it reset an 80287)                        | all ones |
 *
 * *Not modelled*: BUSY#, which held an 80286 up.
 */
import type { Line, PortSpace, Snapshotting } from './wiring.ts';

const powerOn = () => ({ error: false, requested: false, ignored: false });

export class CoprocessorError implements Snapshotting, Line {
  private r = powerOn();
  private readonly irq: Line;
  private readonly ignne: Line;

  constructor(ports: PortSpace, irq: Line, ignne: Line) {
    this.irq = irq;
    this.ignne = ignne;
    const port = (number: number, write: () => void) =>
      ports.claim('coprocessor error', number, 1, { read: () => 0xff, write });
    port(0xf0, () => this.clear(true));
    port(0xf1, () => this.clear(false));
  }

  /** FERR#, as the processor drives it. */
  set(level: boolean): void {
    const rises = level && !this.r.error;
    this.r.error = level;
    if (rises) this.r.requested = true;
    if (!level) this.r.ignored = false;
    this.drive();
  }

  private clear(ignore: boolean): void {
    this.r.requested = false;
    this.r.ignored = ignore && this.r.error;
    this.drive();
  }

  private drive(): void {
    this.irq.set(this.r.requested);
    this.ignne.set(this.r.ignored);
  }

  reset(): void {
    this.r = powerOn();
    this.drive();
  }

  save(): unknown {
    return { ...this.r };
  }

  load(state: unknown): void {
    this.r = { ...(state as ReturnType<typeof powerOn>) };
    this.drive();
  }
}
