import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SallyportError } from '../errors/index.ts';
import { applyMask, everyField, fieldMask, noField, parseFieldSelection } from './field-selection.ts';

const person = {
  type: 'Individual',
  name: { family: 'Okello', given: 'Tessa' },
  telecom: [
    { system: 'phone', value: '1' },
    { system: 'email', value: 'a@b' },
  ],
  gender: null,
};

describe('a field selection', () => {
  it('reads names and what stands below them', () => {
    const mask = parseFieldSelection(' name.family , telecom.value,gender,absent', { always: ['type'] });
    expect(applyMask(person, mask)).toEqual({
      type: 'Individual',
      name: { family: 'Okello' },
      telecom: [{ value: '1' }, { value: 'a@b' }],
      gender: null,
    });
    expect(applyMask([person], fieldMask(['gender']))).toEqual([{ gender: null }]);
    expect(applyMask(person, fieldMask(['type.deeper']))).toEqual({ type: 'Individual' });
    expect(mask.names()).toEqual(['name.family', 'telecom.value', 'gender', 'absent', 'type']);
  });

  it('is all fields when it is absent or empty, and the kept ones when it names none', () => {
    for (const text of [undefined, '', ' ']) expect(parseFieldSelection(text)).toBe(everyField);
    expect(applyMask(person, everyField)).toBe(person);
    expect(parseFieldSelection(',', { always: ['type'] }).names()).toEqual(['type']);
    expect(applyMask(person, noField)).toEqual({});
  });

  it('shows the whole of a name that is asked for with one below it', () => {
    for (const names of [
      ['name', 'name.family'],
      ['name.family', 'name'],
    ]) {
      expect(fieldMask(names).child('name')).toBe(everyField);
    }
  });

  it('intersects: what both show', () => {
    const left = fieldMask(['name', 'telecom.value', 'gender']);
    const right = fieldMask(['name.family', 'telecom.system', 'type']);
    expect(left.intersect(right).names()).toEqual(right.intersect(left).names());
    expect(left.intersect(right).names()).toEqual(['name.family']);
    expect(left.intersect(everyField)).toBe(left);
    expect(everyField.intersect(left)).toBe(left);
    const path = fc
      .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 })
      .map((steps) => steps.join('.'));
    const inner = fc.record({ a: fc.nat(2), b: fc.nat(2), c: fc.nat(2) });
    const outer = fc.record({ a: inner, b: fc.array(inner, { maxLength: 2 }), c: fc.nat(2) });
    fc.assert(
      fc.property(fc.array(path), fc.array(path), outer, (one, two, value) => {
        const [a, b] = [fieldMask(one), fieldMask(two)];
        expect(applyMask(value, a.intersect(b))).toEqual(applyMask(applyMask(value, a), b));
      }),
    );
  });

  it('refuses or ignores what is not known, in one voice', () => {
    const known = ([name]: readonly string[]) => name === 'name';
    const detail = (text: string) => {
      try {
        parseFieldSelection(text, { known });
      } catch (error) {
        if (error instanceof SallyportError) return error.detail;
      }
      return undefined;
    };
    expect(detail('name,secret')).toBe(detail('name,sacred')?.replace('sacred', 'secret'));
    expect(detail('name..x')).toContain('is not a field');
    expect(detail('name')).toBeUndefined();
    expect(parseFieldSelection('name,secret', { known, unknown: 'ignore' }).names()).toEqual(['name']);
  });

  it('keeps to its limits', () => {
    expect(() => parseFieldSelection(Array(101).fill('a').join(','))).toThrow(SallyportError);
    expect(() => parseFieldSelection('a.b.c.d.e')).toThrow(SallyportError);
  });

  it('throws nothing but SallyportError, and knows no prototype', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 8192 }), fc.jsonValue(), (text, value) => {
        try {
          applyMask(value, parseFieldSelection(text));
        } catch (error) {
          expect(error).toBeInstanceOf(SallyportError);
        }
      }),
    );
    const hostile = JSON.parse('{"__proto__": {"x": 1}, "a": 1}');
    const masked = applyMask(hostile, fieldMask(['__proto__'])) as object;
    expect(Object.keys(masked)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(masked)).toBe(Object.prototype);
    expect(fieldMask(['a']).includes('constructor')).toBe(false);
  });
});
