/** Compiles regions where it is asked to: at once. */
import type { FormTraits } from './form-traits.ts';
import { writeModule } from './module-writer.ts';
import type { Compiling, Delivery, Inheritance, ModuleImage, Order } from './order.ts';
import { planRegion } from './plan-region.ts';
import type { RegionPlan, RegionSource } from './region-plan.ts';
import { WordPool } from './word-pool.ts';

/** What a module is written from. */
export interface PlannedRegion {
  readonly source: RegionSource;
  readonly plan: RegionPlan;
}

export class Compiler implements Compiling {
  private readonly view: DataView;
  private readonly traits: FormTraits;
  private readonly pool = new WordPool();
  /** Those that may be wanted again, by id; and their plans, where they were made here. */
  private readonly sources = new Map<number, RegionSource>();
  private readonly plans = new Map<number, RegionPlan>();
  private done: Delivery | undefined;

  /** `view`: where the records of regions lie, at their addresses. */
  constructor(view: DataView, traits: FormTraits) {
    this.view = view;
    this.traits = traits;
  }

  order(order: Order): void {
    const start = performance.now();
    const image = this.compile(order);
    this.done = { image, milliseconds: performance.now() - start, beside: false };
  }

  delivered(): Delivery | undefined {
    const { done } = this;
    this.done = undefined;
    return done;
  }

  /** For another one to go on with. */
  get inheritance(): Inheritance {
    return { sources: [...this.sources.values()], pool: this.pool.state };
  }

  private compile({ sources, merged, forgotten, returned, afresh, inherited }: Order): ModuleImage | undefined {
    const { view, traits, pool, plans } = this;
    if (inherited) {
      pool.goOnFrom(inherited.pool);
      for (const source of inherited.sources) this.sources.set(source.id, source);
    }
    if (afresh) {
      this.sources.clear();
      plans.clear();
      pool.reset();
    }
    for (const id of forgotten) {
      this.sources.delete(id);
      plans.delete(id);
    }
    for (const [address, count] of returned) pool.give(address, count);
    for (const source of sources) this.sources.set(source.id, source);
    const regions = [...merged, ...sources.map(({ id }) => id)].map(id => this.planned(id));
    if (!pool.fits(regions.flatMap(({ plan }) => (plan.window ? [...plan.words, ...plan.words] : plan.words))))
      return undefined;
    return writeModule(regions, view, traits, pool);
  }

  private planned(id: number): PlannedRegion {
    const source = this.sources.get(id)!;
    const plan = this.plans.get(id) ?? planRegion(source, this.view, this.traits);
    this.plans.set(id, plan);
    return { source, plan };
  }
}
