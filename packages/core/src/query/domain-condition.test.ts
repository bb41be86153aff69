import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SallyportError } from '../errors/index.ts';
import { domainCondition, parseDomain } from './domain.ts';
import { holdsFor, type MemoryRow } from './evaluate.ts';
import { modelGate } from './model-gate.ts';
import { personModel } from './people.fixture.ts';

const gate = modelGate(personModel);

/** Odoo's rules, said once more and apart: prefix operators by recursive descent, leaves on plain values. */
function reference(domain: readonly unknown[], row: MemoryRow): boolean {
  let position = 0;
  const next = (): boolean => {
    const element = domain[position++];
    if (element === '!') return !next();
    if (element === '&' || element === '|') {
      const [left, right] = [next(), next()];
      return element === '&' ? left && right : left || right;
    }
    return leafHolds(element as [string, string, unknown], row);
  };
  let result = true;
  while (position < domain.length) result = next() && result;
  return result;
}

const ends: Record<string, (value: unknown) => readonly unknown[]> = {
  country: (value) => (value === null ? [] : [(value as MemoryRow).id]),
  tags: (value) => (value as MemoryRow[]).map((tag) => tag.id),
};

function leafHolds([path, operator, operand]: readonly [string, string, unknown], row: MemoryRow): boolean {
  // No condition at all, however long the path.
  if (operator === '=?') return operand === false || operand === null || leafHolds([path, '=', operand], row);
  const dot = path.indexOf('.');
  const head = dot < 0 ? path : path.slice(0, dot);
  const value = row[head] ?? null;
  const rows = (Array.isArray(value) ? value : value === null ? [] : [value]) as readonly MemoryRow[];
  if (dot >= 0) return rows.some((each) => leafHolds([path.slice(dot + 1), operator, operand], each));
  if (operator === 'any') return rows.some((each) => reference(operand as unknown[], each));
  if (operator === 'not any') return !rows.some((each) => reference(operand as unknown[], each));
  if (operator === '!=') return !leafHolds([path, '=', operand], row);
  if (operator.startsWith('not ')) return !leafHolds([path, operator.slice(4), operand], row);
  const values = ends[head]?.(value) ?? (value === null ? [] : [value]);
  if (operator === '=' || operator === 'in') {
    const wanted = operator === 'in' ? (operand as unknown[]) : [operand];
    const unset = head === 'vip' || head === 'active' ? values[0] !== true : values.length === 0;
    return wanted.some((each) => (each === false || each === null ? unset : values.includes(each)));
  }
  const [only] = values as [string | number | undefined];
  if (operator === 'like' && operand === '') return true;
  if (operator === 'ilike' && operand === '') return true;
  if (only === undefined) return false;
  const text = String(only);
  if (operator === 'like') return text.includes(operand as string);
  if (operator === 'ilike') return text.toLowerCase().includes((operand as string).toLowerCase());
  const bound = operand as string | number;
  return operator === '>'
    ? only > bound
    : operator === '>='
      ? only >= bound
      : operator === '<'
        ? only < bound
        : only <= bound;
}

describe('the condition of a domain', () => {
  const word = fc.constantFrom('', 'a', 'A', 'ab', '%', '_', 'b\\');
  const small = fc.integer({ min: 0, max: 3 });
  const unset = fc.constantFrom(false, null);
  const equalities = fc.constantFrom('=', '!=', '=?');
  const memberships = fc.constantFrom('in', 'not in');
  const orders = fc.constantFrom('>', '>=', '<', '<=');
  const texts = fc.constantFrom('like', 'not like', 'ilike', 'not ilike');

  function leaves(path: string, values: fc.Arbitrary<unknown>, kind: 'text' | 'number' | 'key' | 'boolean') {
    const one = kind === 'boolean' ? fc.constantFrom(true, false, null) : fc.oneof(values, unset);
    const some: fc.Arbitrary<unknown>[] = [
      fc.tuple(fc.constant(path), equalities, one),
      fc.tuple(fc.constant(path), memberships, fc.array(one, { maxLength: 3 })),
    ];
    if (kind === 'text' || kind === 'number') some.push(fc.tuple(fc.constant(path), orders, values));
    if (kind === 'text') some.push(fc.tuple(fc.constant(path), texts, values));
    return fc.oneof(...some);
  }

  /** A well-formed domain: prefix operators are put before complete terms. */
  function domains(leaf: fc.Arbitrary<unknown>): fc.Arbitrary<unknown[]> {
    const { term } = fc.letrec<{ term: unknown[] }>((tie) => ({
      term: fc.oneof(
        { maxDepth: 4, depthSize: 'small' },
        leaf.map((each) => [each]),
        tie('term').map((each) => ['!', ...each]),
        fc.tuple(fc.constantFrom('&', '|'), tie('term'), tie('term')).map(([operator, a, b]) => [operator, ...a, ...b]),
      ),
    }));
    return fc.array(term, { maxLength: 3 }).map((terms) => terms.flat());
  }

  const countryLeaf = fc.oneof(leaves('code', word, 'text'), leaves('name', word, 'text'));
  const tagLeaf = fc.oneof(leaves('name', word, 'text'), leaves('color', word, 'text'));
  const anyOperator = fc.constantFrom('any', 'not any');
  const personLeaf = fc.oneof(
    leaves('name', word, 'text'),
    leaves('age', small, 'number'),
    leaves('active', fc.boolean(), 'boolean'),
    leaves('vip', fc.boolean(), 'boolean'),
    leaves('country', small, 'key'),
    leaves('tags', small, 'key'),
    leaves('country.name', word, 'text'),
    leaves('tags.color', word, 'text'),
    fc.tuple(fc.constant('country'), anyOperator, domains(countryLeaf)),
    fc.tuple(fc.constant('tags'), anyOperator, domains(tagLeaf)),
  );
  const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null });
  const row = fc.record({
    id: small,
    name: maybe(word),
    age: maybe(small),
    active: fc.boolean(),
    vip: maybe(fc.boolean()),
    country: maybe(fc.record({ id: small, code: word, name: maybe(word) })),
    tags: fc.array(fc.record({ id: small, name: word, color: maybe(word) }), { maxLength: 2 }),
  });

  it('means what Odoo means', () => {
    fc.assert(
      fc.property(domains(personLeaf), fc.array(row, { minLength: 1, maxLength: 5 }), (domain, rows) => {
        const condition = domainCondition(domain, gate, { leaves: 10_000, depth: 1000, relations: 10_000 });
        for (const each of rows) expect(holdsFor(condition, each)).toBe(reference(domain, each));
      }),
      { numRuns: 2000 },
    );
  });

  it('comes of any text, or a SallyportError does', () => {
    const parts = fc.constantFrom(
      '[',
      ']',
      '(',
      ')',
      ',',
      "'name'",
      '"="',
      "'in'",
      "'any'",
      "'&'",
      "'|'",
      "'!'",
      'True',
      'None',
      '1',
      "'country.code'",
      "'tags'",
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8192 }),
      fc.array(parts, { maxLength: 400 }).map((each) => each.join('')),
      fc.json({ maxDepth: 4 }),
      domains(personLeaf).map((domain) => JSON.stringify(domain)),
    );
    fc.assert(
      fc.property(text, (hostile) => {
        try {
          parseDomain(hostile, gate);
        } catch (error) {
          expect(error).toBeInstanceOf(SallyportError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['negations', `[${'"!",'.repeat(490)}["age","=",1]]`],
    ['operators', `[${'"&",'.repeat(450)}["age","=",1]]`],
    ['a path', `[["${'a.'.repeat(4000)}","=",1]]`],
    ['an operator', `[["age","${'x'.repeat(8000)}",1]]`],
    ['a pattern', `[["name","=like","${'%'.repeat(8000)}"]]`],
    ['escapes', `[["name","=like","${'\\\\'.repeat(4000)}"]]`],
  ])('is quick with 8 KB of %s', (_, text) => {
    const times = Array.from({ length: 5 }, () => {
      const start = performance.now();
      try {
        parseDomain(text, gate);
      } catch (error) {
        expect(error).toBeInstanceOf(SallyportError);
      }
      return performance.now() - start;
    });
    expect(Math.min(...times)).toBeLessThan(50);
  });
});
