/**
 * What the examples of the reference stand on: four entities, a database in memory with a few rows, and callers known by
 * name (`authorization: Bearer ann`). In your program these are your entities and your strategies.
 */
import { defineEntity, type MikroORM, p } from '@mikro-orm/core';
import { openDatabase } from '@sallyport/core';
import { tokenStrategy } from '@sallyport/core/testing';

export const Country = defineEntity({
  name: 'Country',
  properties: { id: p.integer().primary(), code: p.string().length(2).unique(), name: p.string() },
});

export const Tag = defineEntity({
  name: 'Tag',
  properties: { id: p.integer().primary(), name: p.string().unique() },
});

export const Partner = defineEntity({
  name: 'Partner',
  properties: {
    id: p.integer().primary(),
    slug: p.string().length(40).unique(),
    name: p.string().length(80),
    email: p.string().nullable(),
    street: p.string().nullable(),
    city: p.string().nullable(),
    born: p.date().nullable(),
    active: p.boolean().default(true),
    country: () => p.manyToOne(Country).nullable(),
    parent: () => p.manyToOne(Partner).nullable(),
    tags: () => p.manyToMany(Tag),
    phones: () => p.oneToMany(Phone).mappedBy('partner').orphanRemoval(),
    version: p.integer().version(),
  },
});

export const Phone = defineEntity({
  name: 'Phone',
  properties: { id: p.integer().primary(), partner: () => p.manyToOne(Partner), number: p.string().length(20) },
});

let opened: Promise<MikroORM> | undefined;

/** A database in memory, filled anew by each call: two countries, two tags, three partners. */
export async function openShop(): Promise<MikroORM> {
  opened ??= openDatabase({ entities: [Country, Tag, Partner, Phone] });
  const orm = await opened;
  await orm.schema.refresh();
  const em = orm.em.fork();
  const belgium = em.create(Country, { code: 'BE', name: 'Belgium' });
  em.create(Country, { code: 'KE', name: 'Kenya' });
  const [gold] = ['gold', 'late'].map((name) => em.create(Tag, { name }));
  const ada = em.create(Partner, { slug: 'ada', name: 'Ada', city: 'Ghent', born: '1990-05-17', country: belgium });
  em.create(Partner, { slug: 'bob', name: 'Bob', email: 'bob@example.org', parent: ada });
  em.create(Partner, { slug: 'cyd', name: 'Cyd', active: false });
  em.create(Phone, { partner: ada, number: '+32 9 000' });
  if (gold !== undefined) ada.tags.add(gold);
  await em.flush();
  return orm;
}

const operations = ['search', 'read', 'create', 'update', 'replace', 'delete'];

/** `Bearer ann` may do everything with partners, countries and tags; `Bearer rob` may read them. */
export const auth = [
  tokenStrategy({
    ann: { scopes: ['partner', 'country', 'tag'].flatMap((name) => operations.map((each) => `${name}:${each}`)) },
    rob: { scopes: ['partner', 'country', 'tag'].flatMap((name) => [`${name}:search`, `${name}:read`]) },
  }),
];

export const ann = { authorization: 'Bearer ann' };
export const rob = { authorization: 'Bearer rob' };
