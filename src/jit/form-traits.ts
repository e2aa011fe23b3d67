/** What a region may do with a form: facts from the observe reading. */
import type { ExecutableForm, FormSource } from '../cpu/form-enumeration.ts';
import { observe } from '../cpu/observe.ts';
import type { ServiceName } from '../isa/builder.ts';

export type Trait =
  /** Written out in the region. */
  | 'inline'
  /** Its interpreter function is called, and the next instruction follows. */
  | 'call'
  /** The same, but the interpreter may want to be left afterwards; where it does not, and address translation is what it was, the region goes on. */
  | 'pass'
  /** Its interpreter function is called and ends the region: EIP, mode, segments or paging may be others. */
  | 'turn';

const SPECIAL = new Set(['segment', 'control', 'debug']);

/** Services that end a block for events alone: they touch nothing a region takes for granted, unless the key of translations says so. */
const PASSING = new Set<ServiceName>([
  'in',
  'out',
  'stringIn',
  'stringOut',
  'setFlags',
  'setInterruptFlag',
  'clearInterruptFlag',
  'clearTaskSwitched',
]);

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
    const { effects } = observe(form, form.lift);
    const services = effects.flatMap(effect => (effect.kind === 'service' ? [effect.name] : []));
    if (effects.some(effect => effect.kind === 'repeat')) return 'call';
    if (services.length === 0) return form.operands.some(o => SPECIAL.has(o.kind)) ? 'call' : 'inline';
    if (!this.source.endsBlock(form.id)) return 'call';
    return services.every(name => PASSING.has(name)) ? 'pass' : 'turn';
  }
}
