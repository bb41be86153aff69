import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigurationError, SallyportError } from '../errors/index.ts';
import { faultOfAsync } from '../http/testing/fault.ts';
import { all, any, type Condition, compare, everything, nothing, related } from './condition.ts';
import { modelGate } from './model-gate.ts';
import {
  compileParameters,
  customParameter,
  defineParameters,
  type ParameterCall,
  type ParameterDeclaration,
} from './parameters.ts';
import { column, countryModel, identifierModel, personModel, relation } from './people.fixture.ts';
import {
  parseDateWithPrefix,
  parseReference,
  parseTimestampWithPrefix,
  parseToken,
  splitIdentifier,
} from './pieces.ts';

const gate = modelGate(personModel);
const call = { operation: 'search' } as ParameterCall; // parameters hand it on and look at nothing
const identifiers = personModel.properties.get('identifiers');

const declarations = defineParameters({
  identifier: {
    kind: 'token',
    field: { within: 'identifiers', system: 'system', code: 'value' },
    error: { code: 'filter_identifier_malformed', detail: '[S1]' },
  },
  name: { kind: 'text', field: 'name' },
  begins: { kind: 'text', field: 'name', match: 'startsWith', ignoreCase: false },
  exact: { kind: 'text', field: 'name', match: 'exact', empty: 'read' },
  same: { kind: 'text', field: 'name', match: 'exact', ignoreCase: true },
  address: { kind: 'text', field: ['name', 'country.name'] },
  birthdate: { kind: 'date', field: 'born', error: { code: 'filter_date_malformed' } },
  _lastUpdated: { kind: 'timestamp', field: 'updated' },
  _day: { kind: 'timestamp', field: 'updated', dateOnly: true },
  country: { kind: 'reference', field: 'country', types: ['Country'] },
  age: { kind: 'number', field: 'age' },
  vip: { kind: 'boolean', field: 'vip' },
  kind: { kind: 'choice', field: 'kind', values: ['person', 'company'] },
  status: { kind: 'choice', field: 'kind', values: ['person'], unknown: 'nothing', repeat: 'last' },
  group: customParameter({
    parse: (text) => (text.toLowerCase() === 'none' ? 'none' : splitIdentifier(text)),
    matches: async (group, { operation }) =>
      group === 'none' && operation === 'search' ? compare(relation('parent'), 'eq', null) : nothing,
  }),
});
const parameters = compileParameters(declarations, gate, 'resources.person.parameters');
const read = async (...query: [string, string][]) => parameters.condition(query, call);

describe('search parameters', () => {
  const fold = { ignoreCase: true };
  const [name, born, updated] = [column('name'), column('born'), column('updated')];
  const system = column('system', identifierModel);
  const value = column('value', identifierModel);

  it.each<[string, string, Condition]>([
    ['name', 'okel', compare(name, 'contains', 'okel', fold)],
    ['name', '100%_', compare(name, 'contains', '100%_', fold)],
    ['begins', 'Ok', compare(name, 'startsWith', 'Ok', { ignoreCase: false })],
    ['exact', 'Ok', compare(name, 'eq', 'Ok')],
    ['exact', '', compare(name, 'eq', '')],
    ['same', 'O%k', compare(name, 'like', 'O\\%k', fold)],
    [
      'address',
      'x',
      any(
        compare(name, 'contains', 'x', fold),
        related(relation('country'), compare(column('name', countryModel), 'contains', 'x', fold)),
      ),
    ],
    ['birthdate', '1990-01-31', compare(born, 'eq', '1990-01-31')],
    ['birthdate', 'ne1990-01-31', compare(born, 'ne', '1990-01-31')],
    ['_lastUpdated', 'ge2026-03-02', compare(updated, 'ge', '2026-03-02 00:00:00Z')],
    ['_lastUpdated', 'lt2026-03-02T08:15:30.482113+01:00', compare(updated, 'lt', '2026-03-02 07:15:30.482113Z')],
    ['_day', 'lt2026-03-02', compare(updated, 'lt', '2026-03-02 00:00:00Z')],
    ['country', 'Country/7', compare(relation('country'), 'eq', 7)],
    ['age', '42', compare(column('age'), 'eq', 42)],
    ['vip', 'true', compare(column('vip'), 'eq', true)],
    ['vip', 'false', compare(column('vip'), 'ne', true)],
    ['kind', 'person', compare(column('kind'), 'eq', 'person')],
    ['status', 'person', compare(column('kind'), 'eq', 'person')],
    ['status', 'other', nothing],
    ['group', 'NONE', compare(relation('parent'), 'eq', null)],
    ['group', 'a|b', nothing],
    ['name', '', everything],
    ['unknown', 'x', everything],
    ['__proto__', 'x', everything],
  ])('reads %s=%s', async (parameter, text, condition) => {
    // The fixture's keys are numbers; a reference is text and so names nothing there.
    const expectedCondition = parameter === 'country' ? nothing : condition;
    expect(await read([parameter, text])).toEqual(expectedCondition);
  });

  it('compares both parts of a token on one row', async () => {
    if (identifiers === undefined || identifiers.kind === 'scalar') throw new Error('no relation');
    expect(await read(['identifier', 'urn:x#id|a|b'])).toEqual(
      related(identifiers, all(compare(system, 'eq', 'urn:x#id'), compare(value, 'eq', 'a|b'))),
    );
  });

  it('joins by AND, and a date with itself', async () => {
    expect(await read(['birthdate', 'ge1990-01-01'], ['birthdate', 'lt1991-01-01'], ['name', 'a'])).toEqual({
      kind: 'and',
      conditions: [
        compare(born, 'ge', '1990-01-01'),
        compare(born, 'lt', '1991-01-01'),
        compare(name, 'contains', 'a', fold),
      ],
    });
    expect(await read(['status', 'other'], ['status', 'person'])).toEqual(compare(column('kind'), 'eq', 'person'));
  });

  it.each([
    ['birthdate', '1990', 'filter_date_malformed'],
    ['birthdate', 'sa1990-01-01', 'filter_date_malformed'],
    ['birthdate', '1990-02-30', 'filter_date_malformed'],
    ['birthdate', 'ge', 'filter_date_malformed'],
    ['birthdate', '1990-01-01\n', 'filter_date_malformed'],
    ['identifier', 'NX-1', 'filter_identifier_malformed'],
    ['identifier', '|NX-1', 'filter_identifier_malformed'],
    ['identifier', 'a|b\0', 'filter_identifier_malformed'],
    ['_day', '2026-03-02T00:00:00Z', 'invalid_parameter'],
    ['_lastUpdated', '2026-03-02T24:00:00Z', 'invalid_parameter'],
    ['country', 'Individual/7', 'invalid_parameter'],
    ['country', '7', 'invalid_parameter'],
    ['age', '4.5', 'invalid_parameter'],
    ['age', '2147483648', 'invalid_parameter'],
    ['age', ' 4', 'invalid_parameter'],
    ['vip', '1', 'invalid_parameter'],
    ['kind', 'robot', 'invalid_parameter'],
    ['group', 'nobody', 'invalid_parameter'],
    ['name', 'a\0', 'invalid_parameter'],
  ])('refuses %s=%j', async (parameter, text, code) => {
    const fault = await faultOfAsync(read([parameter, text]));
    expect([fault.code, fault.status, fault.facts.parameter]).toEqual([code, 400, parameter]);
    expect(fault.issues).toMatchObject([{ in: 'query', path: [parameter] }]);
  });

  it('refuses a repetition that has no meaning', async () => {
    expect((await faultOfAsync(read(['name', 'a'], ['name', 'b']))).code).toBe('invalid_parameter');
  });

  it('asks the gate of the call', async () => {
    const asked: unknown[] = [];
    const perCall = compileParameters({ name: { kind: 'text', field: 'name' } }, gate, 'p', (of) => {
      asked.push(of);
      return gate;
    });
    await perCall.condition([['name', 'a']], call);
    expect(asked).toEqual([call]);
  });

  it('refuses a parameter that tells of a field which the caller may not see', async () => {
    const declared = compileParameters(
      {
        name: { kind: 'text', field: 'name' },
        token: { kind: 'token', field: { within: 'identifiers', system: 'system', code: 'value' } },
        place: { kind: 'text', field: ['name', 'country.name'] },
        own: customParameter({ parse: (text) => text, matches: () => everything, reveals: ['born'] }),
      },
      gate,
      'resources.person.parameters',
    );
    const sees =
      (...names: string[]) =>
      (name: string) =>
        names.includes(name);
    expect(await declared.condition([['name', 'x']], call, sees('name'))).not.toBe(everything);
    expect(await declared.condition([['own', 'x']], call, sees('born'))).toBe(everything);
    for (const [name, visible] of [
      ['name', 'country'],
      ['token', 'name'],
      ['place', 'name'],
      ['own', 'name'],
    ] as const) {
      const fault = await faultOfAsync((async () => declared.condition([[name, 'a|b']], call, sees(visible)))());
      expect(fault).toMatchObject({ code: 'malformed_filter', status: 400 });
    }
  });

  it('describes what it reads', () => {
    expect(parameters.has('kind')).toBe(true);
    expect(parameters.has('_count')).toBe(false);
    const kind = parameters.definitions.find((definition) => definition.name === 'kind');
    expect(kind).toEqual({ name: 'kind', deferred: true, schema: { type: 'string', enum: ['person', 'company'] } });
  });

  it.each<[ParameterDeclaration]>([
    [{ kind: 'text', field: 'nmae' }],
    [{ kind: 'text', field: 'age' }],
    [{ kind: 'text', field: 'country' }],
    [{ kind: 'date', field: 'updated' }],
    [{ kind: 'timestamp', field: 'born' }],
    [{ kind: 'reference', field: 'name' }],
    [{ kind: 'reference', field: 'country', types: ['A', 'B'] }],
    [{ kind: 'token', field: { within: 'nowhere', system: 'a', code: 'b' } }],
    [{ kind: 'choice', field: 'kind', values: ['robot'] }],
    [{ kind: 'number' } as ParameterDeclaration], // as a JavaScript user may write it
  ])('stops the start for %j', (declaration) => {
    const start = () => compileParameters({ x: declaration }, gate, 'resources.person.parameters');
    expect(start).toThrow(ConfigurationError);
    expect(start).toThrow(/^resources\.person\.parameters\.x/);
  });

  it('throws nothing but SallyportError', async () => {
    const names = fc.constantFrom(...Object.keys(declarations));
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8192 }),
      fc
        .array(fc.constantFrom('ge', 'ne', '19', '90-', '01', 'T', ':', '|', '/', '%', 'Country', '+', 'Z'))
        .map((a) => a.join('')),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(names, text), { maxLength: 5 }), async (query) => {
        try {
          await parameters.condition(query, call);
        } catch (error) {
          expect(error).toBeInstanceOf(SallyportError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('the pieces', () => {
  it('splits at the first bar, and joins again', () => {
    expect(splitIdentifier('a|b|c')).toEqual({ system: 'a', value: 'b|c' });
    expect(splitIdentifier('|')).toEqual({ system: '', value: '' });
    expect(splitIdentifier('abc')).toBeUndefined();
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (system, value) => {
        fc.pre(!system.includes('|'));
        expect(splitIdentifier(`${system}|${value}`)).toEqual({ system, value });
      }),
    );
  });

  it('reads dates as the calendar has them', () => {
    const days = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(days, fc.constantFrom('', 'eq', 'ne', 'gt', 'ge', 'lt', 'le'), (date, prefix) => {
        const value = date.toISOString().slice(0, 10);
        expect(parseDateWithPrefix(prefix + value)).toEqual({ prefix: prefix || 'eq', value });
      }),
    );
    for (const text of [
      '1900-02-29',
      '2023-04-31',
      '2023-13-01',
      '2023-00-10',
      '0000-01-01',
      '2023-1-1',
      '+2023-01-01',
    ]) {
      expect(parseDateWithPrefix(text)).toBeUndefined();
    }
    expect(parseDateWithPrefix('2000-02-29')).toBeDefined();
  });

  it('reads instants in UTC', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1000-01-01'), max: new Date('9998-01-01'), noInvalidDate: true }),
        (date) => {
          const read = parseTimestampWithPrefix(`le${date.toISOString()}`);
          expect(read?.prefix).toBe('le');
          expect(Date.parse((read?.value ?? '').replace(' ', 'T'))).toBe(date.getTime());
        },
      ),
    );
    expect(parseTimestampWithPrefix('2026-01-01T00:30+01:00')?.value).toBe('2025-12-31 23:30:00Z');
    expect(parseTimestampWithPrefix('0001-01-01T00:00:00+01:00')).toBeUndefined();
    expect(parseTimestampWithPrefix('2026-01-01T00:00:00+15:00')).toBeUndefined();
  });

  it('reads tokens and references', () => {
    expect(parseToken('a|')).toBeUndefined();
    const form = { types: ['Individual', 'Group'], identifier: true, decode: true };
    expect(parseReference('Group/urn:x%23h|a/b', form)).toEqual({
      type: 'Group',
      key: 'urn:x#h|a/b',
      identifier: { system: 'urn:x#h', value: 'a/b' },
    });
    for (const text of ['Program/a|b', 'Group/ab', 'Group/', 'a|b', 'group/a|b', 'Group/%E0%A4%A|b']) {
      expect(parseReference(text, form)).toBeUndefined();
    }
    expect(parseReference('7')).toEqual({ key: '7' });
  });
});
