/**
 * Feathers 5 on Koa (what its generator recommends) with the knex adapter: a service class that extends `createQuery` for
 * the relation, around hooks for authentication and for the wire's query, a result resolver for the wire's record.
 */
import { NotAuthenticated, NotFound } from '@feathersjs/errors';
import { feathers, type HookContext, type NextFunction, type Paginated, type Params } from '@feathersjs/feathers';
import { type KnexAdapterParams, KnexService } from '@feathersjs/knex';
import { errorHandler, koa, rest } from '@feathersjs/koa';
import { hooks, resolve } from '@feathersjs/schema';
import knexPackage, { type Knex } from 'knex';
import { types } from 'pg';
import { announce } from './shared/announce.ts';
import { databaseUrl, host, poolSize, port } from './shared/config.ts';
import { bearerTokens, type TokenRow, tokenSql } from './shared/tokens.ts';
import { countryIds, type PartnerOnWire, partnerIds, readListQuery } from './shared/wire.ts';

interface PartnerRow {
  readonly id: number;
  readonly name: string;
  readonly email: string | null;
  readonly phone: string | null;
  readonly active: boolean;
  readonly birth_date: string | null;
  readonly credit: string;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly country_id: number;
  readonly country_code?: string;
  readonly country_name?: string;
}

interface PartnerParams extends KnexAdapterParams {
  expandCountry?: boolean;
  countryCode?: string | undefined;
}

// A date without a time has no place in a `Date`: it stays text, as the guides of knex and pg advise.
types.setTypeParser(types.builtins.DATE, (text) => text);

const knex = knexPackage({ client: 'pg', connection: databaseUrl, pool: { min: 0, max: poolSize } });

const columns = Object.entries({
  id: true,
  name: true,
  email: true,
  phone: true,
  active: true,
  birth_date: true,
  credit: true,
  created_at: true,
  updated_at: true,
  country_id: true,
} satisfies Record<Exclude<keyof PartnerRow, 'country_code' | 'country_name'>, true>).map(([name]) => name);

class PartnerService extends KnexService<PartnerRow, Partial<PartnerRow>, PartnerParams> {
  override createQuery(params: PartnerParams): Knex.QueryBuilder {
    const query = super.createQuery({ ...params, query: { ...params.query, $select: columns } });
    if (params.expandCountry || params.countryCode !== undefined) {
      query.join('country', 'country.id', 'partner.country_id');
    }
    if (params.expandCountry) query.select('country.code as country_code', 'country.name as country_name');
    if (params.countryCode !== undefined) query.where('country.code', params.countryCode);
    return query;
  }
}

interface Declarations {
  'api/partner': PartnerService;
}

const authenticate = bearerTokens(async (digest) => {
  const { rows } = await knex.raw<{ rows: TokenRow[] }>(tokenSql('?'), [digest]);
  return rows[0];
});

async function requireToken(context: HookContext, next: NextFunction): Promise<void> {
  const { headers } = context.params as Params;
  if ((await authenticate(headers?.authorization)) === undefined) throw new NotAuthenticated();
  await next();
}

/** Gives the service the id that it knows for the hashid of the path. */
async function readOfWire(context: HookContext, next: NextFunction): Promise<void> {
  const id = partnerIds.decode(String(context.id));
  if (id === undefined) throw new NotFound();
  context.id = id;
  await next();
}

/** Translates the wire's query into the adapter's, and the adapter's page into the wire's. */
async function listOfWire(context: HookContext, next: NextFunction): Promise<void> {
  const { limit, offset, expandCountry, countExact, country } = readListQuery(context.params.query ?? {});
  Object.assign(context.params, {
    expandCountry,
    countryCode: country,
    paginate: countExact ? { default: 20, max: 200 } : false,
    query: { $limit: limit, $skip: offset, $sort: { 'partner.name': 1, 'partner.id': 1 } },
  } satisfies PartnerParams);
  await next();
  // The result resolver has run by now; a page has a total only when the adapter was asked to paginate.
  const result = context.result as PartnerOnWire[] | Paginated<PartnerOnWire>;
  context.dispatch = Array.isArray(result) ? { data: result } : { data: result.data, total: result.total };
}

/** Renames the columns to the wire's properties and writes their values as the wire has them. */
const partnerResolver = resolve<Record<PropertyKey, unknown>, HookContext>(
  {},
  {
    converter: async (row: PartnerRow) => {
      const country = countryIds.encode(row.country_id);
      return {
        id: partnerIds.encode(row.id),
        name: row.name,
        email: row.email,
        phone: row.phone,
        active: row.active,
        birthDate: row.birth_date,
        credit: row.credit,
        createdAt: row.created_at.toISOString(),
        updatedAt: row.updated_at.toISOString(),
        country:
          row.country_code === undefined || row.country_name === undefined
            ? country
            : { id: country, code: row.country_code, name: row.country_name },
      } satisfies PartnerOnWire;
    },
  },
);

const app = koa<Declarations>(feathers());
app.use(errorHandler());
app.configure(rest());
app.use('api/partner', new PartnerService({ Model: knex, name: 'partner', paginate: { default: 20, max: 200 } }), {
  methods: ['find', 'get'],
});
app.service('api/partner').hooks({
  around: {
    all: [requireToken],
    find: [listOfWire, hooks.resolveResult(partnerResolver)],
    get: [readOfWire, hooks.resolveResult(partnerResolver)],
  },
});

const server = await app.listen(port, host);
if (server.listening) announce(server);
else server.once('listening', () => announce(server));
