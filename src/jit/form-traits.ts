/** What a region may do with a form. */
import type { ExecutableForm, FormSource } from '../cpu/form-enumeration.ts';
import { Fact, type FlagChange, flagChangeOf } from '../cpu/form-facts.ts';

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
  readonly changes: FlagChange;
  /** It may go on elsewhere than in the region, with the flags as they were before it. */
  readonly mayLeave: boolean;
}

const SPECIAL = new Set(['segment', 'control', 'debug']);

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
    return (this.source.facts(form.id) & Fact.movesStack) !== 0;
  }

  private findFlagUse(form: ExecutableForm): FlagUse {
    const facts = this.source.facts(form.id);
    return {
      reads: (facts & Fact.readsFlags) !== 0,
      changes: flagChangeOf(facts),
      mayLeave: (facts & Fact.mayLeave) !== 0 || this.of(form) !== 'inline',
    };
  }

  private decide(form: ExecutableForm): Trait {
    const facts = this.source.facts(form.id);
    if ((facts & Fact.repeats) !== 0) return 'call';
    if ((facts & Fact.serves) === 0) return form.operands.some(o => SPECIAL.has(o.kind)) ? 'call' : 'inline';
    if ((facts & Fact.endsBlock) === 0) return 'call';
    return (facts & Fact.turns) === 0 ? 'pass' : 'turn';
  }
}
