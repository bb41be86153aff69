import { defineEntity, p } from '@mikro-orm/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigurationError } from '../errors/index.ts';
import { world } from './fixtures/world.ts';
import { describeEntities, entityModel, entityProperty } from './metadata.ts';
import type { EntityModel } from './model.ts';
import { openDatabase } from './open.ts';

const Address = defineEntity({ name: 'Address', embeddable: true, properties: { street: p.string() } });
const Passport = defineEntity({
  name: 'Passport',
  properties: { id: p.integer().primary(), holder: () => p.oneToOne(Odd).mappedBy('passport') },
});
const Odd = defineEntity({
  name: 'Odd',
  properties: {
    id: p.integer().primary(),
    address: () => p.embedded(Address),
    twice: p.integer().formula('2 * id'),
    unstored: p.string().persist(false),
    passport: () => p.oneToOne(Passport),
    seat: () => p.manyToOne(Seat).nullable(),
  },
});
const Seat = defineEntity({
  name: 'Seat',
  properties: { row: p.integer().primary(), number: p.integer().primary() },
});

const Partly = defineEntity({
  name: 'Partly',
  uniques: [
    { properties: ['code'] },
    { properties: ['label'], where: 'gone = false' },
    { expression: 'create unique index partly_slug on partly (lower(slug))' },
  ],
  properties: {
    id: p.integer().primary(),
    code: p.string(),
    label: p.string(),
    slug: p.string(),
    gone: p.boolean(),
    odd: () => p.manyToOne(Odd).createForeignKeyConstraint(false),
  },
});

describe('describeEntities', () => {
  let models: ReadonlyMap<string, EntityModel>;
  let close: () => Promise<void>;

  beforeAll(async () => {
    const orm = await openDatabase({ entities: [...world, Odd, Passport, Seat, Address, Partly] });
    models = describeEntities(orm);
    close = () => orm.close(true);
  });
  afterAll(() => close?.());

  const of = (entity: string, name: string) => entityProperty(entityModel(models, entity, 'test'), name, 'test');

  it('tells types, nullability, lengths, values and what is generated', () => {
    const scalar = { kind: 'scalar', primary: false, nullable: true, generated: false, version: false };
    const expected: Record<string, object> = {
      id: { ...scalar, type: 'integer', columnType: 'int', primary: true, nullable: false, generated: true },
      version: { ...scalar, type: 'integer', nullable: false, generated: true, version: true },
      name: { ...scalar, type: 'string', length: 60, nullable: false, runtime: 'string' },
      note: { ...scalar, type: 'string', columnType: 'text' },
      serial: { ...scalar, type: 'bigint', runtime: 'bigint' },
      credit: { ...scalar, type: 'decimal', precision: 12, scale: 2 },
      weight: { ...scalar, type: 'number' },
      active: { ...scalar, type: 'boolean', nullable: false, generated: true },
      born: { ...scalar, type: 'date' },
      wakes: { ...scalar, type: 'time' },
      seen: { ...scalar, type: 'timestamp', columnType: 'timestamptz', runtime: 'Date' },
      planned: { ...scalar, type: 'timestamp', columnType: 'timestamp' },
      code: { ...scalar, type: 'uuid' },
      extra: { ...scalar, type: 'json' },
      photo: { ...scalar, type: 'binary' },
      gender: { ...scalar, type: 'string', values: ['female', 'male'] },
      mood: { ...scalar, type: 'string', values: ['sad', 'glad'], columnType: '"mood"' },
      initials: { ...scalar, type: 'string', length: 3 },
      words: { ...scalar, type: 'json', columnType: 'text[]' },
      createdAt: { ...scalar, type: 'timestamp', column: 'created_at', nullable: false, generated: true },
    };
    for (const [name, property] of Object.entries(expected)) expect(of('Partner', name), name).toMatchObject(property);
    expect(of('Partner', 'note')).not.toHaveProperty('length');
  });

  it('links relations both ways, around cycles', () => {
    const company = entityModel(models, 'Company', 'test');
    expect(company.table).toBe('"crm"."Group ""of"" companies"');
    expect(of('Company', 'parent')).toMatchObject({ kind: 'toOne', column: 'parent id', nullable: true });
    expect(of('Company', 'parent')).toHaveProperty('target', company);
    expect(of('Company', 'children')).toMatchObject({
      kind: 'toMany',
      by: { kind: 'foreignKey', column: 'parent id', property: 'parent' },
      owned: false,
    });
    expect(of('Order', 'lines')).toMatchObject({ owned: true });
    expect(of('Partner', 'tags')).toMatchObject({
      by: { kind: 'pivot', ownColumn: 'partner_id', targetColumn: 'tag_id' },
    });
    expect(of('Tag', 'partners')).toMatchObject({
      by: { kind: 'pivot', ownColumn: 'tag_id', targetColumn: 'partner_id' },
    });
  });

  it('knows what is unique over the whole table, and which keys a constraint stands behind', () => {
    const uniques = (name: string) => entityModel(models, name, 'test').uniques;
    expect(uniques('Country')).toEqual([['id'], ['code']]);
    expect(uniques('Partner')).toEqual([['id'], ['company', 'reference']]);
    expect(uniques('Odd')).toEqual([['id'], ['passport']]);
    // `label` is unique among living records only, `slug` in lower case only.
    expect(uniques('Partly')).toEqual([['id'], ['code']]);
    expect(of('Odd', 'passport')).toMatchObject({ enforced: true });
    expect(of('Partly', 'odd')).toMatchObject({ enforced: false });
  });

  it('tells at the place of use why something is missing', () => {
    expect(() => entityModel(models, 'Seat', 'resources.seat')).toThrow(
      new ConfigurationError('resources.seat', 'entity "Seat" has a composite primary key'),
    );
    expect(() => entityModel(models, 'Sea', 'resources.sea').table).toThrow('resources.sea: no entity "Sea"');
    expect(() => of('Odd', 'adress')).toThrow('no property "adress" on Odd');
    expect(() => of('Odd', 'address')).toThrow(/embeddable/);
    expect(() => of('Odd', 'address_street')).toThrow(/embeddable/);
    expect(() => of('Odd', 'twice')).toThrow(/formula/);
    expect(() => of('Odd', 'unstored')).toThrow(/not stored/);
    expect(() => of('Odd', 'seat')).toThrow(/no resource can be made of Seat/);
    expect(() => of('Passport', 'holder')).toThrow(/other side of a one-to-one/);
    expect(of('Odd', 'passport')).toMatchObject({ kind: 'toOne', column: 'passport_id' });
  });
});
