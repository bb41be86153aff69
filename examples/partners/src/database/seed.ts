import type { MikroORM } from '@mikro-orm/core';
import { Company, Country, Order, OrderLine, Partner, Tag } from '../entities/index.ts';

const countries = { BE: 'Belgium', FR: 'France', KE: 'Kenya', US: 'United States' };

const people: readonly (readonly [
  name: string,
  company: 'Acme' | 'Globex',
  country: keyof typeof countries,
  of?: string,
])[] = [
  ['Azure Interior', 'Acme', 'US'],
  ['Brandon Freeman', 'Acme', 'US', 'Azure Interior'],
  ['Colleen Diaz', 'Acme', 'US', 'Azure Interior'],
  ['Deco Addict', 'Acme', 'BE'],
  ['Douglas Fletcher', 'Acme', 'BE', 'Deco Addict'],
  ['Floyd Steward', 'Acme', 'BE', 'Deco Addict'],
  ['Gemini Furniture', 'Acme', 'FR'],
  ['Lumber Inc', 'Acme', 'KE'],
  ['Ready Mat', 'Globex', 'FR'],
  ['Billy Fox', 'Globex', 'FR', 'Ready Mat'],
  ['Kim Snyder', 'Globex', 'FR', 'Ready Mat'],
  ['The Jackson Group', 'Globex', 'KE'],
];

/** Fills an empty database with the same few records each time. Answers whether it was empty. */
export async function seed(orm: MikroORM): Promise<boolean> {
  const em = orm.em.fork();
  if ((await em.count(Country)) > 0) return false;
  for (const [code, name] of Object.entries(countries)) em.create(Country, { code, name });
  for (const name of ['Acme', 'Globex']) em.create(Company, { name });
  for (const name of ['Gold', 'Silver', 'Press']) em.create(Tag, { name, active: true });
  em.create(Tag, { name: 'Retired', active: false });
  await em.flush();
  const known = new Map<string, Partner>();
  for (const [index, [name, company, code, of]] of people.entries()) {
    const partner = em.create(Partner, {
      name,
      email: `${name.toLowerCase().replaceAll(' ', '.')}@example.org`,
      active: name !== 'Lumber Inc',
      birthDate: of === undefined ? null : `19${60 + index}-0${1 + (index % 9)}-1${index % 10}`,
      credit: of === undefined ? 1000 * index : null,
      category: index % 3 === 2 ? 'supplier' : 'customer',
      parent: of === undefined ? null : (known.get(of) ?? null),
      country: await em.findOneOrFail(Country, { code }),
      company: await em.findOneOrFail(Company, { name: company }),
      createdAt: new Date(Date.UTC(2026, 0, 1 + index, 8)),
      createdBy: 'seed',
    });
    partner.tags.add(await em.findOneOrFail(Tag, { name: index % 2 === 0 ? 'Gold' : 'Silver' }));
    if (index === 0) partner.tags.add(await em.findOneOrFail(Tag, { name: 'Retired' }));
    known.set(name, partner);
    if (of !== undefined) continue;
    const order = em.create(Order, {
      reference: `S${String(index + 1).padStart(5, '0')}`,
      date: `2026-03-${String(index + 1).padStart(2, '0')}`,
      partner,
      total: 110 + index,
    });
    em.create(OrderLine, { order, product: 'Desk', quantity: 1, price: 100 + index });
    em.create(OrderLine, { order, product: 'Lamp', quantity: 2, price: 5 });
  }
  await em.flush();
  return true;
}
