import { defineEntity, p } from '@mikro-orm/core';
import { expectTypeOf } from 'vitest';
import { key } from '../keys/index.ts';
import type { Condition } from '../query/index.ts';
import type { CallContext } from '../road/index.ts';
import { defineResource, type FieldBuilder, type ResourceDescriptor } from './index.ts';

/** Checked by `tsc` alone: nothing here runs. */

const Land = defineEntity({
  name: 'Land',
  properties: { id: p.integer().primary(), code: p.string(), name: p.string() },
});

// As a class, and as plain `defineEntity`.
const ManSchema = defineEntity({
  name: 'Man',
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    age: p.integer().nullable(),
    born: p.date().nullable(),
    kind: p.enum(['staff', 'guest']),
    land: () => p.manyToOne(Land).nullable(),
    cars: () => p.oneToMany(Car).mappedBy('man'),
    version: p.integer().version(),
  },
});
class Man extends ManSchema.class {}
ManSchema.setClass(Man);
const Car = defineEntity({
  name: 'Car',
  properties: { id: p.integer().primary(), plate: p.string(), man: () => p.manyToOne(Man) },
});

const common = { path: '/man', key: key.none(), operations: { read: true } } as const;

const plain = defineResource(Land, {
  ...common,
  name: 'land',
  fields: (f) => ({ code: f.field('code'), title: f.field('name', { default: 'x' }) }),
});
expectTypeOf(plain).toEqualTypeOf<ResourceDescriptor>();

defineResource(Man, {
  ...common,
  name: 'man',
  version: 'version',
  order: ['name', '-age'],
  hierarchy: 'land',
  sorts: { who: { by: ['name', 'age'], shownIn: 'name' } },
  defaults: { age: 3, name: (call) => call.id },
  domain: (call, where) => {
    expectTypeOf(call).toEqualTypeOf<CallContext>();
    expectTypeOf(call).not.toBeAny();
    expectTypeOf(where).not.toBeAny();
    return where.and(
      where.eq('name', 'x'),
      where.related('land', (land) => land.eq('code', 'BE')),
    );
  },
  fields: (f) => {
    expectTypeOf(f).not.toBeAny();
    return {
      name: f.field('name', { default: 'x' }),
      age: f.field('age', { default: () => 4 }),
      kind: f.field('kind', { default: 'staff' }),
      land: f.toOne('land', { resource: 'land', expand: ['title'] }),
      cars: f.list('cars', (each) => ({ plate: each.field('plate') }), { order: ['-plate'] }),
      shown: f.computed({
        reads: { a: 'name', b: 'land.code' },
        output: { type: 'string' },
        encode: (values) => {
          expectTypeOf(values).toEqualTypeOf<{ readonly a: unknown; readonly b: unknown }>();
          return values.a;
        },
      }),
      timed: f.computed({
        reads: { a: 'name' },
        timed: true,
        output: { type: 'string' },
        encode: (_values, reading) => {
          expectTypeOf(reading.now).toEqualTypeOf<Date>();
          return reading.now.toISOString();
        },
      }),
      untimed: f.computed({
        reads: { a: 'name' },
        output: { type: 'string' },
        // @ts-expect-error the time is told to whom it is declared for
        encode: (_values, reading) => reading.now,
      }),
      own: f.custom({
        reads: { a: 'name' },
        output: {},
        encode: ({ a }) => a,
        assign: (entity, value: string | null) => {
          expectTypeOf(entity).not.toBeAny();
          entity.name = value ?? '';
        },
      }),
    };
  },
  hooks: {
    beforeWrite(man, { body }) {
      expectTypeOf(man.name).toEqualTypeOf<string>();
      expectTypeOf(body).not.toBeAny();
    },
  },
});

defineResource(Man, {
  ...common,
  name: 'wrong',
  // @ts-expect-error no such property to be the version
  version: 'versionn',
  // @ts-expect-error no such property to order by
  order: ['nam'],
  // @ts-expect-error the parent is a to-one relation
  hierarchy: 'name',
  // @ts-expect-error no such property to sort by
  sorts: { who: { by: ['nam'], shownIn: 'name' } },
  // @ts-expect-error a default of the wrong type
  defaults: { age: 'three' },
  // @ts-expect-error a value of the wrong type in a domain
  domain: (_call, where): Condition => where.eq('age', 'three'),
  fields: (f) => ({
    // @ts-expect-error no such property
    customer: f.field('custmer'),
    // @ts-expect-error a relation is no scalar
    land: f.field('land'),
    // @ts-expect-error a default of the wrong type
    age: f.field('age', { default: 'three' }),
    // @ts-expect-error a default outside of the enumeration
    kind: f.field('kind', { default: 'alien' }),
    // @ts-expect-error a scalar is no relation
    name: f.toOne('name', { resource: 'land' }),
    // @ts-expect-error a to-many relation is no to-one
    car: f.toOne('cars', { resource: 'land' }),
    // @ts-expect-error a to-one relation is no list
    lands: f.list('land', () => ({})),
    // @ts-expect-error the resource must be named
    other: f.toOne('land', {}),
    // @ts-expect-error no such property of the rows
    cars: f.list('cars', (each) => ({ plate: each.field('plates') })),
    // @ts-expect-error no such property of the other side
    shown: f.computed({ reads: { a: 'land.cod' }, output: {}, encode: () => '' }),
    // @ts-expect-error no such property of the other side
    ref: f.reference('land', { resources: ['land'], display: 'nam' }),
    // @ts-expect-error no such rule
    odd: f.field('name', { filtre: true }),
  }),
});

defineResource(Man, {
  ...common,
  name: 'property',
  fields: () => ({}),
  // @ts-expect-error no such property in a domain
  domain: (_call, where) => where.eq('nam', 'x'),
});

defineResource(Man, {
  ...common,
  name: 'defaults',
  fields: () => ({}),
  // @ts-expect-error no such property to fill
  defaults: { nam: 'x' },
});

expectTypeOf<Parameters<FieldBuilder<Man>['field']>[0]>().not.toBeAny();
