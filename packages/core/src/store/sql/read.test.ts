import { defineEntity, p } from '@mikro-orm/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { all, type Condition, compare, everything, oneOf, related } from '../../query/condition.ts';
import type { OrderTerm } from '../../query/order.ts';
import { property, testCall } from '../fixtures/call.ts';
import { world } from '../fixtures/world.ts';
import { describeEntities } from '../metadata.ts';
import type { EntityModel } from '../model.ts';
import { openDatabase } from '../open.ts';
import { Selection } from '../selection.ts';
import type { ReadQuery } from '../store.ts';
import { compileRead, type PageCount } from './read.ts';

const Ghost = defineEntity({ name: 'Ghost', properties: { id: p.integer().primary(), name: p.string().unique() } });
const Haunt = defineEntity({
  name: 'Haunt',
  properties: {
    id: p.integer().primary(),
    ghost: () => p.manyToOne(Ghost).createForeignKeyConstraint(false),
    landlord: () => p.manyToOne(Ghost),
  },
});

describe('the SQL of reads', () => {
  let models: ReadonlyMap<string, EntityModel>;
  let close: () => Promise<void>;
  const call = testCall();

  beforeAll(async () => {
    const orm = await openDatabase({ entities: [...world, Ghost, Haunt] });
    models = describeEntities(orm);
    close = () => orm.close(true);
  });
  afterAll(() => close?.());

  const model = (name: string): EntityModel => {
    const found = models.get(name);
    if (found === undefined) throw new Error(name);
    return found;
  };
  const sqlOf = (query: Omit<ReadQuery, 'order'>, count: PageCount = 'none') =>
    compileRead({ order: [], ...query }, call, count).text;

  it('reads the key of a related row from the foreign key, where a constraint stands behind it', () => {
    const keyThrough = (name: string, wants: (target: Selection) => void) => {
      const selection = new Selection(model('Haunt'));
      const target = selection.toOne(property(model('Haunt'), name, 'toOne'));
      wants(target);
      return sqlOf({ selection, where: everything, limit: 10 });
    };
    const key = (target: Selection) => target.column(model('Ghost').primaryKey);
    expect(keyThrough('landlord', key)).toBe(
      'select t."landlord_id" as c0 from "public"."haunt" t order by t."id" limit 10',
    );
    expect(keyThrough('ghost', key)).toContain('left join "public"."ghost"');
    expect(keyThrough('landlord', (target) => target.column(property(model('Ghost'), 'name', 'scalar')))).toContain(
      'left join "public"."ghost"',
    );
    const selection = new Selection(model('Haunt'));
    selection.toOne(property(model('Haunt'), 'landlord', 'toOne'), () => everything).column(model('Ghost').primaryKey);
    expect(sqlOf({ selection, where: everything, limit: 10 })).toContain('left join "public"."ghost"');
  });

  it('looks the key of one related row up, where something unique names it', () => {
    const where = (inner: Condition) => {
      const selection = new Selection(model('Haunt'));
      selection.column(model('Haunt').primaryKey);
      return sqlOf({ selection, where: related(property(model('Haunt'), 'ghost', 'toOne'), inner), limit: 10 });
    };
    const name = property(model('Ghost'), 'name', 'scalar');
    const lookedUp = 't."ghost_id" = (select e1."id" from "public"."ghost" e1 where';
    expect(where(compare(name, 'eq', 'Nick'))).toContain(lookedUp);
    expect(where(all(compare(name, 'eq', 'Nick'), compare(model('Ghost').primaryKey, 'gt', 3)))).toContain(lookedUp);
    expect(where(compare(model('Ghost').primaryKey, 'eq', 3))).toContain(lookedUp);
    for (const several of [
      compare(name, 'eq', 'Nick', { ignoreCase: true }),
      compare(name, 'eq', null),
      compare(name, 'startsWith', 'N'),
      compare(model('Ghost').primaryKey, 'ge', 3),
    ]) {
      expect(where(several)).toContain('exists (select 1 from "public"."ghost"');
    }
  });

  describe('of one of several ways', () => {
    const company = () => property(model('Partner'), 'company', 'toOne');
    const children = () => property(model('Company'), 'children', 'toMany');
    const ways = () => [
      related(children()),
      related(children(), compare(property(model('Company'), 'name', 'scalar'), 'gt', 'A')),
    ];
    const sql = (rows: 'few' | 'many', query: Partial<ReadQuery> = {}) => {
      const selection = new Selection(model('Company'));
      selection.column(model('Company').primaryKey);
      return sqlOf({ selection, where: oneOf(ways(), rows), limit: 10, ...query }, 'exact');
    };
    const gathered = / in \(select e\d+\."parent id" from [^(]+ union select /g;
    const fenced = / offset 0 rows\)/g;
    const found = (text: string, what: RegExp) => text.match(what)?.length ?? 0;

    it('gathers few rows, for the page and for the count', () => {
      expect(found(sql('few'), gathered)).toBe(2);
      expect(found(sql('few'), fenced)).toBe(0);
    });

    it('tries rows one by one where many are expected, and gathers them for the count', () => {
      expect(found(sql('many'), fenced)).toBe(2);
      expect(found(sql('many'), gathered)).toBe(1);
    });

    it('leaves the count of filtered rows to the planner', () => {
      expect(found(sql('many', { selective: true }), fenced)).toBe(2);
      expect(found(sql('many', { selective: true }), gathered)).toBe(0);
    });

    it('gathers for a page far into the list', () => {
      expect(found(sql('many', { offset: 2_000 }), fenced)).toBe(2);
      expect(found(sql('many', { offset: 2_001 }), fenced)).toBe(0);
    });

    it('asks a foreign key for the rows that point to its target', () => {
      const selection = new Selection(model('Partner'));
      selection.column(model('Partner').primaryKey);
      const text = sqlOf({ selection, where: related(company(), oneOf(ways(), 'few')), limit: 10 });
      expect(text).toContain('t."company_id" in (select');
    });
  });

  it('writes the same text whether it has written it before or not', () => {
    const partner = model('Partner');
    const orders: readonly OrderTerm[] = [
      { property: partner.primaryKey, through: [], direction: 'desc' },
      { property: property(partner, 'name', 'scalar'), through: [], direction: 'asc' },
      {
        property: property(model('Country'), 'name', 'scalar'),
        through: [property(partner, 'country', 'toOne')],
        direction: 'desc',
      },
      {
        property: property(model('Company'), 'name', 'scalar'),
        through: [property(partner, 'company', 'toOne'), property(model('Company'), 'parent', 'toOne')],
        direction: 'desc',
      },
    ];
    const wheres: readonly Condition[] = [
      everything,
      compare(property(partner, 'name', 'scalar'), 'eq', 'Ann'),
      compare(property(partner, 'name', 'scalar'), 'eq', 'Bob'),
      compare(property(partner, 'score', 'scalar'), 'gt', 2),
      compare(property(partner, 'country', 'toOne'), 'eq', null),
      oneOf([related(property(partner, 'tags', 'toMany'))], 'many'),
    ];
    const select = (): Selection => {
      const selection = new Selection(partner);
      selection.column(partner.primaryKey);
      selection.toOne(property(partner, 'country', 'toOne')).column(property(model('Country'), 'name', 'scalar'));
      return selection;
    };
    const kept = select();
    const queries = fc.record({
      where: fc.constantFrom(...wheres),
      order: fc.array(fc.constantFrom(...orders), { maxLength: 3 }),
      limit: fc.constantFrom(undefined, 0, 1, 20),
      offset: fc.constantFrom(undefined, 0, 3, 70),
      selective: fc.boolean(),
    });
    const counts = fc.constantFrom<PageCount>('none', 'exact', { capped: 5 }, { capped: 50 });
    fc.assert(
      fc.property(queries, counts, (query, count) => {
        const fresh = compileRead({ ...query, selection: select() }, call, count);
        expect(compileRead({ ...query, selection: kept }, call, count)).toEqual(fresh);
      }),
      { numRuns: 500 },
    );
  });
});
