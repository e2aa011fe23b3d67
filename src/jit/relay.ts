/**
 * Compiles at once until that has taken a while, then beside the run: to start a thread, and for its engine to warm to the work, takes as long as compiling the twenty regions
 * that are all there is of many programs.
 */
import type { ChannelCompiler } from './compile-channel.ts';
import type { Compiler } from './compiler.ts';
import type { Compiling, Delivery, Order } from './order.ts';

export class Relay implements Compiling {
  private readonly here: Compiler;
  private readonly open: () => ChannelCompiler;
  private readonly patience: number;
  private beside: ChannelCompiler | undefined;
  private isHandedOver = false;
  /** Milliseconds of compiling here. */
  private taken = 0;

  /** `patience`: milliseconds of compiling after which `open` is called. */
  constructor(here: Compiler, open: () => ChannelCompiler, patience: number) {
    this.here = here;
    this.open = open;
    this.patience = patience;
  }

  order(order: Order): void {
    if (this.isHandedOver) {
      this.beside!.order(order);
      return;
    }
    if (this.taken >= this.patience) this.beside ??= this.open();
    if (!this.beside?.isReady) {
      this.here.order(order);
      return;
    }
    this.isHandedOver = true;
    this.beside.order({ ...order, inherited: this.here.inheritance });
  }

  delivered(): Delivery | undefined {
    if (this.isHandedOver) return this.beside!.delivered();
    const delivery = this.here.delivered();
    this.taken += delivery?.milliseconds ?? 0;
    return delivery;
  }
}
