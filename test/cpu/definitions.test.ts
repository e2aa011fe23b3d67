/** Properties of the definitions themselves, over every form. */
import { describe, expect, it } from 'vitest';
import { definitionOf, enumerateForms } from '../../src/cpu/form-enumeration.ts';
import { observe } from '../../src/cpu/observe.ts';
import type { Form, Lifter } from '../../src/isa/builder.ts';
import { Rows } from '../../src/isa/opcode-map.ts';

const { forms } = enumerateForms();

describe('definitions', () => {
  it('every row of the opcode map has forms', () => {
    expect(forms.length).toBeGreaterThan(1500);
    const mnemonics = new Set(forms.map(form => form.mnemonic));
    expect(Rows.filter(row => !mnemonics.has(definitionOf(row)))).toEqual([]);
  });

  it('no form writes architectural state before the last thing in it that can fault', () => {
    const violations = forms
      .map(form => [form.name, observe(form, form.lift).violation])
      .filter(([, violation]) => violation);
    expect(violations).toEqual([]);
  });

  it('the check sees a violation', () => {
    const form: Form = {
      mnemonic: 'TEST',
      size: 4,
      operands: [],
      condition: 'o',
      repeat: 'none',
      addressing: 'segmented',
    };
    const bad: Lifter = b => {
      b.setRegister('eax', b.k(1));
      b.store('ss', b.k(0), 4, b.k(2));
    };
    expect(observe(form, bad).violation).toBe('write of eax before store ss');
  });
});
