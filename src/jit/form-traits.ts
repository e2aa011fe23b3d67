/** What a region may do with a form: facts from the observe reading. */
import type { ExecutableForm, FormSource } from '../cpu/form-enumeration.ts';
import { observe } from '../cpu/observe.ts';

export type Trait =
  /** Written out in the region. */
  | 'inline'
  /** Its interpreter function is called. */
  | 'call'
  /** The interpreter must do it: afterwards modes, events or code may be others. */
  | 'leave';

const SPECIAL = new Set(['segment', 'control', 'debug']);

export class FormTraits {
  private readonly source: FormSource;
  private readonly known: (Trait | undefined)[] = [];

  constructor(source: FormSource) {
    this.source = source;
  }

  of(form: ExecutableForm): Trait {
    this.known[form.id] ??= this.decide(form);
    return this.known[form.id]!;
  }

  private decide(form: ExecutableForm): Trait {
    const { effects, usesMode } = observe(form, form.lift);
    const serves = effects.some(effect => effect.kind === 'service');
    const repeats = effects.some(effect => effect.kind === 'repeat');
    const flat = form.operands.every(o => !('addressing' in o) || o.addressing !== 'segmented');
    // A jump with 66h cuts its target to 16 bits: rare, and out of any region.
    if (form.operands.some(o => o.kind === 'relative' && o.size === 2)) return 'leave';
    const plain = form.operands.every(o => !SPECIAL.has(o.kind));
    if (!serves && !repeats && flat && plain && (form.addressing === 'flat' || !usesMode)) return 'inline';
    if (repeats || !this.source.endsBlock(form.id)) return 'call';
    return 'leave';
  }
}
