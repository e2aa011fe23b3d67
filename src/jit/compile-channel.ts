/**
 * A compiler that is elsewhere, most likely in another thread: orders and deliveries go through a channel as plain data. Forms go by number, as they are mostly
 * functions, and records go with the blocks that consist of them: the other end has a memory of its own, in which they lie at the same addresses.
 */
import { type ExecutableForm, FormSource } from '../cpu/form-enumeration.ts';
import type { FormTable } from '../cpu/forms.ts';
import { RECORD_SIZE } from '../cpu/record.ts';
import { RECORDS_END } from '../cpu/state.ts';
import { Compiler } from './compiler.ts';
import { FormTraits } from './form-traits.ts';
import type { Compiling, Delivery, Order } from './order.ts';
import type { Block, Region } from './region.ts';
import type { RegionSource } from './region-plan.ts';
import type { PoolState } from './word-pool.ts';

/** Takes what can be cloned as messages between threads are. */
export interface Channel {
  send(message: unknown): void;
  /** The next message of the other end, if there is one. */
  receive(): unknown;
}

interface SentBlock extends Omit<Block, 'forms'> {
  readonly forms: readonly number[];
  readonly bytes: Uint8Array;
}

interface SentSource extends Omit<RegionSource, 'region'> {
  readonly region: Omit<Region, 'blocks'> & { readonly blocks: readonly SentBlock[] };
}

/** Of a source, beside its region. What else the table of regions keeps with it stays here. */
const SENT = [
  ...(['id', 'user', 'linear', 'key', 'codeKey', 'csBase', 'flat', 'validAt'] as const),
  ...(['straddles', 'pages', 'asks', 'word', 'state', 'isSettled'] as const),
] as const satisfies (keyof RegionSource)[];

const pick = <T, K extends keyof T>(from: T, names: readonly K[]): Pick<T, K> =>
  Object.fromEntries(names.map(name => [name, from[name]])) as Pick<T, K>;

interface SentOrder extends Omit<Order, 'sources' | 'inherited'> {
  readonly serial: number;
  readonly sources: readonly SentSource[];
  readonly inherited: { readonly sources: readonly SentSource[]; readonly pool: PoolState } | undefined;
}

/** Comes first, and is answered by READY. */
interface Greeting {
  readonly table: FormTable;
}
const READY = 'ready';

interface SentDelivery {
  readonly serial: number;
  readonly result: Delivery | { readonly failure: string };
}

/** The end of whoever runs what is compiled. */
export class ChannelCompiler implements Compiling {
  private readonly channel: Channel;
  private readonly bytes: Uint8Array;
  private serial = 0;
  private answered = false;

  /** `memory`: where the records lie. */
  constructor(channel: Channel, memory: WebAssembly.Memory, table: FormTable) {
    this.channel = channel;
    this.bytes = new Uint8Array(memory.buffer);
    const greeting: Greeting = { table };
    channel.send(greeting);
  }

  /** The other end is there. */
  get isReady(): boolean {
    this.answered ||= this.channel.receive() === READY;
    return this.answered;
  }

  order({ sources, inherited, ...others }: Order): void {
    const pack = (list: readonly RegionSource[]) => list.map(source => this.pack(source));
    const sent: SentOrder = {
      ...others,
      serial: ++this.serial,
      sources: pack(sources),
      inherited: inherited && { ...inherited, sources: pack(inherited.sources) },
    };
    this.channel.send(sent);
  }

  delivered(): Delivery | undefined {
    for (;;) {
      const message = this.channel.receive() as SentDelivery | undefined;
      if (!message) return undefined;
      // Whoever has ordered anew does not want what was ordered before.
      if (message.serial !== this.serial) continue;
      const { result } = message;
      if ('failure' in result) throw new Error(`compiling failed: ${result.failure}`);
      return { ...result, beside: true };
    }
  }

  private pack(source: RegionSource): SentSource {
    const { region } = source;
    const blocks = [...region.blocks.values()].map(block => ({
      ...block,
      forms: block.forms.map(form => form.id),
      bytes: this.bytes.slice(block.record, block.record + block.forms.length * RECORD_SIZE),
    }));
    return { ...pick(source, SENT), region: { ...region, blocks } };
  }
}

/** The other end: what to do with each message. */
export class CompilerEnd {
  private readonly send: (message: unknown) => void;
  private serve: ((order: SentOrder) => Delivery) | undefined;

  constructor(send: (message: unknown) => void) {
    this.send = send;
  }

  receive(message: unknown): void {
    if (!this.serve) {
      this.serve = serviceOf(message as Greeting);
      this.send(READY);
      return;
    }
    const order = message as SentOrder;
    const { serial } = order;
    let delivery: SentDelivery;
    try {
      delivery = { serial, result: this.serve(order) };
    } catch (error) {
      delivery = { serial, result: { failure: (error as Error).stack ?? String(error) } };
    }
    this.send(delivery);
  }
}

function serviceOf({ table }: Greeting): (order: SentOrder) => Delivery {
  const source = new FormSource(table);
  // No memory is taken for pages that nothing is written to.
  const bytes = new Uint8Array(RECORDS_END);
  const compiler = new Compiler(new DataView(bytes.buffer), new FormTraits(source));
  const unpack = (sent: SentSource): RegionSource => {
    const blocks = new Map<number, Block>();
    for (const { bytes: records, ...block } of sent.region.blocks) {
      bytes.set(records, block.record);
      blocks.set(block.eip, { ...block, forms: block.forms.map((id): ExecutableForm => source.form(id)) });
    }
    return { ...sent, region: { ...sent.region, blocks } };
  };
  return ({ sources, inherited, ...others }) => {
    compiler.order({
      ...others,
      sources: sources.map(unpack),
      inherited: inherited && { ...inherited, sources: inherited.sources.map(unpack) },
    });
    return compiler.delivered()!;
  };
}
