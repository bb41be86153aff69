import { defineEntity, p } from '@mikro-orm/core';
import {
  type Api,
  createApi,
  createLogger,
  definePlugin,
  defineResource,
  type KeyScheme,
  key,
  openDatabase,
  plainEnvelope,
  SallyportError,
} from '@sallyport/core';
import type { Pool } from 'pg';
import { databaseUrl, poolSize } from './config.ts';
import { bearerTokens, requiredScope, type TokenRow, tokenSql } from './tokens.ts';
import { countryIds, partnerIds } from './wire.ts';

const CountrySchema = defineEntity({
  name: 'Country',
  properties: { id: p.integer().primary(), code: p.text().unique(), name: p.text() },
});
class Country extends CountrySchema.class {}
CountrySchema.setClass(Country);

const PartnerSchema = defineEntity({
  name: 'Partner',
  properties: {
    id: p.integer().primary(),
    name: p.text(),
    email: p.text().nullable(),
    phone: p.text().nullable(),
    active: p.boolean(),
    birthDate: p.date().nullable(),
    credit: p.decimal().precision(12).scale(2),
    version: p.integer().version(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    country: () => p.manyToOne(Country),
  },
});
class Partner extends PartnerSchema.class {}
PartnerSchema.setClass(Partner);

const countries = defineResource(Country, {
  name: 'country',
  path: '/country',
  key: key.masked(),
  scope: () => requiredScope,
  fields: (f) => ({ code: f.field('code', { filter: true }), name: f.field('name') }),
  operations: { read: true },
});

const partners = defineResource(Partner, {
  name: 'partner',
  path: '/partner',
  key: key.masked(),
  version: 'version',
  scope: () => requiredScope,
  order: ['name'],
  fields: (f) => ({
    name: f.field('name', { sort: true, filter: true }),
    email: f.field('email'),
    phone: f.field('phone'),
    active: f.field('active'),
    birthDate: f.field('birthDate'),
    credit: f.field('credit'),
    createdAt: f.field('createdAt'),
    updatedAt: f.field('updatedAt'),
    country: f.toOne('country', { resource: 'country', expand: ['code', 'name'], onRequest: true }),
  }),
  parameters: { country: { kind: 'text', field: 'country.code', match: 'exact' } },
  operations: { search: { limit: { default: 20, max: 200 }, maxOffset: 100_000_000 }, read: true },
});

/** The ids that all contenders share. */
const sharedIds = definePlugin({
  name: 'benchmark-ids',
  keys: (): KeyScheme => ({
    name: 'benchmark-ids',
    forResource: (resource) => {
      const codec = resource === 'partner' ? partnerIds : countryIds;
      return {
        schema: { type: 'string' },
        encode: (id) => codec.encode(Number(id)),
        decode: (text) => codec.decode(text),
      };
    },
  }),
});

/** The API of the benchmark, as a user of Sallyport would describe it; one for all frameworks. */
export async function createBenchmarkApi(): Promise<Api> {
  const orm = await openDatabase({ url: databaseUrl, entities: [Partner, Country], connections: poolSize });
  // MikroORM types the client by its driver, which is known here.
  const pool = (await (orm.em as unknown as { getConnection(): { getNativeClient(): Promise<Pool> } })
    .getConnection()
    .getNativeClient()) as Pool;
  const authenticate = bearerTokens(async (digest) => {
    const { rows } = await pool.query<TokenRow>({ name: 'token', text: tokenSql('$1'), values: [digest] });
    const [row] = rows;
    // MikroORM has the driver leave timestamps as text.
    return row === undefined ? undefined : { ...row, expiresAt: new Date(row.expiresAt) };
  });
  const invalid = () =>
    new SallyportError('invalid_token', { headers: { 'www-authenticate': 'Bearer error="invalid_token"' } });
  return createApi({
    name: 'benchmark',
    basePath: '/api',
    orm,
    resources: [partners, countries],
    // The benchmark's pages carry records and total, no address of the next page.
    envelope: {
      ...plainEnvelope(),
      page: ({ items, total }) => (total === undefined ? { data: items } : { data: items, total }),
    },
    plugins: [sharedIds],
    logger: createLogger({ level: 'warn' }),
    auth: [
      {
        name: 'bearer',
        scheme: { name: 'bearer', definition: { type: 'http', scheme: 'bearer' } },
        challenge: 'Bearer realm="benchmark"',
        async authenticate({ head }) {
          if (head.headers.authorization === undefined) return undefined;
          const row = await authenticate(head.headers.authorization);
          if (row === undefined) throw invalid();
          return {
            kind: 'client',
            id: String(row.clientId),
            scopes: new Set(row.scopes),
            strategy: 'bearer',
            attributes: {},
          };
        },
      },
    ],
  });
}
