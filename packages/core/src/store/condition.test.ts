import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ComparisonOperator, type Condition, type Operand, oneOf, related } from '../query/condition.ts';
import type { OrderTerm } from '../query/order.ts';
import { testCall } from './fixtures/call.ts';
import { holds, type PlainRow, type PlainWorld, told } from './fixtures/reference.ts';
import { world } from './fixtures/world.ts';
import { createStore } from './mikro-orm-store.ts';
import type { EntityModel, PropertyModel, RelationProperty } from './model.ts';
import { Selection } from './selection.ts';
import { scalarOf } from './sql/types.ts';
import type { Store } from './store.ts';
import { type OpenTestDatabase, testDatabases } from './testing.ts';

const wild = fc.string({ unit: fc.constantFrom('a', 'A', 'b', '%', '_', '\\', "'", ' '), maxLength: 4 });
const plain = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 3 });
const uuids = [1, 2, 3, 4, 5].map((n) => `0000000${n}-0000-4000-8000-00000000000a`);
const times = ['2024-01-02T03:04:05Z', '2024-01-02T03:04:05.5Z', '1999-12-31T23:59:59Z'];

/** Values for columns, and operands to compare them with: mostly the same few, so that they meet. */
const values: Record<string, fc.Arbitrary<string | number | boolean>> = {
  name: wild,
  note: plain,
  score: fc.integer({ min: 0, max: 3 }),
  serial: fc.constantFrom('9007199254740993', '9007199254740992', '-1'),
  credit: fc.constantFrom('0.00', '12.50', '-3.25'),
  weight: fc.constantFrom(0, 0.1, -2.5),
  active: fc.boolean(),
  born: fc.constantFrom('1990-01-01', '1990-01-02'),
  wakes: fc.constantFrom('07:30:00', '23:59:59'),
  seen: fc.constantFrom(...times),
  planned: fc.constantFrom(...times),
  code: fc.constantFrom(...uuids),
  gender: fc.constantFrom('female', 'male'),
};
const odd: Record<string, fc.Arbitrary<string | number | boolean>> = {
  score: fc.constantFrom<string | number>(0.5, 2 ** 70, '2', 'x', -1e300),
  serial: fc.constantFrom<string | number>('99999999999999999999', 0, 1.5),
  credit: fc.constantFrom<string | number>('12.5', 12.5, 'x'),
  code: fc.constantFrom('x', uuids[0]?.toUpperCase().toLowerCase() ?? ''),
};
const nullable = (value: fc.Arbitrary<Operand>) => fc.option(value, { nil: null, freq: 4 });
const keys = (from: string, most: number) =>
  fc.constantFrom(...Array.from({ length: most }, (_, n) => key(from, n + 1)));
const key = (entity: string, n: number): Operand => {
  if (entity === 'Tag') return uuids[n - 1] ?? '';
  return entity === 'Company' ? String(n) : n;
};

interface Generated {
  readonly Country: readonly PlainRow[];
  readonly City: readonly PlainRow[];
  readonly Company: readonly PlainRow[];
  readonly Tag: readonly PlainRow[];
  readonly Partner: readonly PlainRow[];
  readonly pairs: readonly (readonly [number, number])[];
}

function rows(entity: string, most: number, row: Record<string, fc.Arbitrary<Operand>>): fc.Arbitrary<PlainRow[]> {
  return fc.array(fc.record(row), { minLength: most, maxLength: most }).map((made) =>
    made.map((each, index) => ({
      ...each,
      id: key(entity, index + 1),
      code: each.code ?? (entity === 'Country' ? `C${index + 1}` : null),
    })),
  );
}

const generated: fc.Arbitrary<Generated> = fc.record({
  Country: rows('Country', 3, { name: wild, area: nullable(fc.integer({ min: 0, max: 2 })) }),
  City: rows('City', 3, { name: plain, country: keys('Country', 3) }),
  // Parents are any company, so that there are cycles.
  Company: rows('Company', 5, { name: plain, parent: nullable(keys('Company', 5)) }),
  Tag: rows('Tag', 2, { name: plain }),
  Partner: rows('Partner', 6, {
    ...Object.fromEntries(
      Object.entries(values).map(([name, value]) => [
        name,
        ['name', 'active'].includes(name) ? value : nullable(value),
      ]),
    ),
    country: nullable(keys('Country', 3)),
    company: nullable(keys('Company', 5)),
  }),
  pairs: fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 2 })), {
    selector: String,
    maxLength: 6,
  }),
});

const ordering: readonly ComparisonOperator[] = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'];
const textual: readonly ComparisonOperator[] = ['eq', 'ne', 'contains', 'startsWith', 'like'];

function operand(model: EntityModel, property: PropertyModel): fc.Arbitrary<string | number | boolean> {
  if (property.kind === 'toOne') return keys(property.target.name, 5) as fc.Arbitrary<string | number>;
  if (property.kind === 'scalar' && property.primary) return keys(model.name, 5) as fc.Arbitrary<string | number>;
  if (model.name !== 'Partner') return property.name === 'area' ? fc.integer({ min: 0, max: 2 }) : plain;
  const usual = values[property.name] ?? plain;
  const unusual = odd[property.name];
  return unusual === undefined ? usual : fc.oneof({ weight: 4, arbitrary: usual }, { weight: 1, arbitrary: unusual });
}

function leaf(model: EntityModel): fc.Arbitrary<Condition> {
  const used = [...model.properties.values()].filter(
    (property) => property.kind !== 'toMany' && !unused.has(property.name),
  );
  return fc.constantFrom(...used).chain((property): fc.Arbitrary<Condition> => {
    if (property.kind === 'toMany') return fc.constant({ kind: 'constant', value: true });
    const isText = property.kind === 'scalar' && property.type === 'string' && property.values === undefined;
    const ordered = !isText || property.name === 'note';
    const operators = isText ? (ordered ? [...textual, ...ordering] : textual) : ordering;
    const value = operand(model, property);
    const compare = fc
      .record({
        operator: fc.constantFrom(...operators),
        value: fc.option(value, { nil: null, freq: 5 }),
        ignoreCase: fc.boolean(),
      })
      .map(({ operator, value: wanted, ignoreCase }): Condition => {
        const base = { kind: 'compare', property, operator, value: wanted } as const;
        return textual.includes(operator) && isText ? { ...base, ignoreCase } : base;
      });
    const membership = fc
      .array(fc.option(value, { nil: null, freq: 4 }), { maxLength: 3 })
      .map((list): Condition => ({ kind: 'in', property, values: list }));
    return fc.oneof({ weight: 3, arbitrary: compare }, { weight: 1, arbitrary: membership });
  });
}

const unused = new Set(['createdAt', 'version', 'reference', 'extra', 'photo', 'mood', 'initials', 'words']);

function conditions(model: EntityModel, depth: number): fc.Arbitrary<Condition> {
  if (depth === 0) return leaf(model);
  const inner = conditions(model, depth - 1);
  const list = fc.array(inner, { maxLength: 3 });
  const choices: fc.Arbitrary<Condition>[] = [
    leaf(model),
    list.map((each) => ({ kind: 'and', conditions: each })),
    list.map((each) => ({ kind: 'or', conditions: each })),
    inner.map((condition) => ({ kind: 'not', condition })),
    fc.boolean().map((value) => ({ kind: 'constant', value })),
  ];
  const many: RelationProperty[] = [];
  for (const relation of model.properties.values()) {
    if (relation.kind === 'scalar' || relation.target.name.startsWith('Order')) continue;
    choices.push(conditions(relation.target, depth - 1).map((where) => ({ kind: 'related', relation, where })));
    if (relation.kind === 'toMany') many.push(relation);
    choices.push(
      fc
        .tuple(conditions(relation.target, depth - 1), conditions(relation.target, depth - 1), orders(relation.target))
        .map(([among, where, order]) => ({ kind: 'firstRelated', relation, among, where, order })),
    );
    if (relation.name === 'parent') {
      const direction = fc.constantFrom('descendants' as const, 'ancestors' as const);
      choices.push(
        fc.tuple(direction, inner).map(([way, of]) => ({ kind: 'hierarchy', parent: relation, direction: way, of })),
      );
    }
  }
  if (many.length > 0) {
    const way = fc
      .constantFrom(...many)
      .chain((relation) => conditions(relation.target, depth - 1).map((where) => related(relation, where)));
    const rows = fc.constantFrom('few' as const, 'many' as const);
    choices.push(fc.tuple(fc.array(way, { maxLength: 3 }), rows).map(([ways, expected]) => oneOf(ways, expected)));
  }
  return fc.oneof(...choices);
}

/** By one column or none, then by the key. */
function orders(model: EntityModel): fc.Arbitrary<readonly OrderTerm[]> {
  const ranked = ['note', 'score', 'name', 'area'].flatMap((name) => model.properties.get(name) ?? []);
  const columns = ranked.filter((property) => property.kind === 'scalar');
  const key: OrderTerm = { property: model.primaryKey, through: [], direction: 'asc' };
  const direction = fc.constantFrom('asc' as const, 'desc' as const);
  if (columns.length === 0) return fc.constant([key]);
  return fc
    .tuple(fc.constantFrom(...columns), direction)
    .map(([property, way]) => [{ property, through: [], direction: way }, key]);
}

function pivotTable(store: Store): string {
  const tags = store.models.get('Partner')?.properties.get('tags');
  if (tags?.kind !== 'toMany' || tags.by.kind !== 'pivot') throw new Error('Partner.tags has no table of pairs');
  return tags.by.table;
}

describe.each(testDatabases())('conditions on $name', ({ open }) => {
  let database: OpenTestDatabase;
  let store: Store;

  beforeAll(async () => {
    database = await open(world);
    store = createStore(database.orm);
  });
  afterAll(() => database?.close());

  async function fill(made: Generated): Promise<PlainWorld> {
    const connection = database.orm.em.getConnection();
    await connection.executeDump(
      'truncate country, city, tag, partner, partner_tags, crm."Group ""of"" companies" cascade',
    );
    const insert = async (table: string, columns: Record<string, string>, list: readonly object[]) => {
      const names = Object.keys(columns).map((name) => `"${name}"`);
      const records = Object.entries(columns).map(([name, type]) => `"${name}" ${type}`);
      await connection.execute(
        `insert into ${table} (${names}) select ${names} from json_to_recordset(?::json) as x(${records})`,
        [JSON.stringify(list)],
      );
    };
    await insert('country', { id: 'int', name: 'text', area: 'int', code: 'text' }, made.Country);
    await insert(
      'city',
      { id: 'int', name: 'text', country_id: 'int' },
      made.City.map((row) => ({ ...row, country_id: row.country })),
    );
    await insert(
      'crm."Group ""of"" companies"',
      { id: 'bigint', 'Company Name': 'text', 'parent id': 'bigint' },
      made.Company.map((row) => ({ id: row.id, 'Company Name': row.name, 'parent id': row.parent })),
    );
    await insert('tag', { id: 'uuid', name: 'text' }, made.Tag);
    await insert(
      'partner',
      {
        id: 'int',
        name: 'text',
        note: 'text',
        score: 'int',
        serial: 'bigint',
        credit: 'numeric',
        weight: 'float8',
        active: 'boolean',
        born: 'date',
        wakes: 'time',
        seen: 'timestamptz',
        planned: 'timestamp',
        code: 'uuid',
        gender: 'text',
        country_id: 'int',
        company_id: 'bigint',
        created_at: 'timestamptz',
      },
      made.Partner.map((row) => ({
        ...row,
        country_id: row.country,
        company_id: row.company,
        created_at: times[0],
        planned: typeof row.planned === 'string' ? row.planned.replace('Z', '') : null,
      })),
    );
    const pairs = made.pairs.map(([partner, tag]) => ({ partner_id: partner, tag_id: key('Tag', tag) }));
    await insert('partner_tags', { partner_id: 'int', tag_id: 'uuid' }, pairs);
    const { Country, City, Company, Tag, Partner } = made;
    return {
      rows: new Map(Object.entries({ Country, City, Company, Tag, Partner })),
      pairs: new Map([[pivotTable(store), pairs]]),
    };
  }

  it('mean in SQL what they mean in JavaScript', async () => {
    const models = ['Partner', 'Company', 'Tag', 'Country'].map((name) => store.models.get(name) as EntityModel);
    const asked = fc.constantFrom(...models).chain((model) =>
      conditions(model, 3).map((where) => ({
        model,
        where,
        [fc.toStringMethod]: () => `${model.name}: ${told(where)}`,
      })),
    );
    await fc.assert(
      fc.asyncProperty(generated, fc.array(asked, { minLength: 40, maxLength: 40 }), async (made, questions) => {
        const plainWorld = await fill(made);
        for (const { model, where } of questions) {
          const selection = new Selection(model);
          const id = selection.column(scalarOf(model.primaryKey));
          const { rows: found } = await store.read({ selection, where, order: [] }, testCall());
          const expected = (plainWorld.rows.get(model.name) ?? []).filter((row) =>
            holds(where, row, model, plainWorld),
          );
          expect(found.map(id), `${model.name}: ${told(where)}`).toEqual(expected.map((row) => row.id));
          // Counts ask the same in another form, by one statement with the page and alone.
          const selective = made.pairs.length % 2 === 0;
          const page = { selection, where, order: [], limit: 1, count: 'exact', selective } as const;
          expect((await store.read(page, testCall())).total, told(where)).toBe(expected.length);
          expect(await store.count(model, where, 'exact'), told(where)).toBe(expected.length);
        }
      }),
      { numRuns: 12, endOnFailure: true },
    );
  });
});
