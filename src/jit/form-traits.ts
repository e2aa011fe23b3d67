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

/** What an instruction has to do with the arithmetic flags. */
export interface FlagUse {
  readonly reads: boolean;
  /** It changes all of them, whatever they were; all but CF; some, or all but not always; or none. */
  readonly changes: 'all' | 'all but CF' | 'some' | undefined;
  /** It may go on elsewhere than in the region, with the flags as they were before it. */
  readonly mayLeave: boolean;
}

const LEAVES = new Set(['load', 'store', 'probe', 'raise', 'jump', 'service', 'repeat']);

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
  private readonly uses: (FlagUse | undefined)[] = [];

  constructor(source: FormSource) {
    this.source = source;
  }

  of(form: ExecutableForm): Trait {
    this.known[form.id] ??= this.decide(form);
    return this.known[form.id]!;
  }

  flagUse(form: ExecutableForm): FlagUse {
    this.uses[form.id] ??= this.findFlagUse(form);
    return this.uses[form.id]!;
  }

  /** It changes ESP. */
  movesStack(form: ExecutableForm): boolean {
    const writes = observe(form, form.lift).effects.flatMap(e => (e.kind === 'write-register' ? [e.register] : []));
    return writes.includes('esp') || writes.includes('sp');
  }

  private findFlagUse(form: ExecutableForm): FlagUse {
    const { effects } = observe(form, form.lift);
    const writes = effects.flatMap(effect => (effect.kind === 'write-flags' ? [effect.which] : []));
    return {
      reads: effects.some(({ kind }) => kind === 'read-flags'),
      changes: writes.length > 1 ? 'some' : writes[0],
      mayLeave: this.of(form) !== 'inline' || effects.some(({ kind }) => LEAVES.has(kind)),
    };
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
