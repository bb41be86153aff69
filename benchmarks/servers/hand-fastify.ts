/**
 * The limit: what a careful developer writes by hand when only speed counts. Fastify and `pg`, nothing between them: named
 * prepared statements, the columns that are needed, dates as PostgreSQL's own text, one round trip for each request.
 */
import Fastify from 'fastify';
import { Pool } from 'pg';
import { announce } from './shared/announce.ts';
import { databaseUrl, host, poolSize, port } from './shared/config.ts';
import { bearerTokens, type TokenRow, tokenSql } from './shared/tokens.ts';
import { countryIds, notFound, type PartnerOnWire, partnerIds, readListQuery, unauthorized } from './shared/wire.ts';

interface PartnerRow {
  readonly id: number;
  readonly name: string;
  readonly email: string | null;
  readonly phone: string | null;
  readonly active: boolean;
  readonly birth_date: string | null;
  readonly credit: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly country_id: number;
  readonly country_code?: string;
  readonly country_name?: string;
  readonly total?: number;
}

const parsers = new Map<number, (text: string) => unknown>([
  [16, (text) => text === 't'],
  [20, Number],
  [23, Number],
]);
const asText = (text: string): string => text;
const types = { getTypeParser: (oid: number) => parsers.get(oid) ?? asText };

const pool = new Pool({ connectionString: databaseUrl, max: poolSize, options: '-c timezone=UTC' });

const columns =
  'p.id, p.name, p.email, p.phone, p.active, p.birth_date, p.credit, p.created_at, p.updated_at, p.country_id';
const withCountry = `${columns}, c.code as country_code, c.name as country_name`;
const join = 'join country c on c.id = p.country_id';
const ofCountry = 'p.country_id = (select id from country where code = $3)';
const page = 'order by p.name, p.id limit $1 offset $2';
const count = (where: string): string => `(select count(*) from partner p where ${where})`;

const readOne = `select ${columns} from partner p where p.id = $1`;

/** The SQL of a list, by what the request asks for; there are eight of them, so eight prepared statements. */
function listSql(expand: boolean, total: boolean, country: boolean): string {
  const where = country ? ofCountry : 'true';
  return [
    `select ${expand ? withCountry : columns}${total ? `, ${count(where)} as total` : ''}`,
    `from partner p ${expand ? join : ''} where ${where} ${page}`,
  ].join(' ');
}

/** `2026-01-02 03:04:05.678912+00` → `2026-01-02T03:04:05.678Z`; PostgreSQL leaves trailing zeros of a fraction out. */
function isoTime(text: string): string {
  const fraction = text.length > 22 ? text.slice(19, -3) : '';
  return `${text.slice(0, 10)}T${text.slice(11, 19)}${(fraction === '' ? '.' : fraction).padEnd(4, '0').slice(0, 4)}Z`;
}

function toWire(row: PartnerRow): PartnerOnWire {
  const country = countryIds.encode(row.country_id);
  return {
    id: partnerIds.encode(row.id),
    name: row.name,
    email: row.email,
    phone: row.phone,
    active: row.active,
    birthDate: row.birth_date,
    credit: row.credit,
    createdAt: isoTime(row.created_at),
    updatedAt: isoTime(row.updated_at),
    country:
      row.country_code === undefined || row.country_name === undefined
        ? country
        : { id: country, code: row.country_code, name: row.country_name },
  };
}

const authenticate = bearerTokens(async (digest) => {
  const { rows } = await pool.query<TokenRow>({ name: 'token', text: tokenSql('$1'), values: [digest] });
  return rows[0];
});

const app = Fastify();

app.addHook('onRequest', async (request, reply) => {
  if ((await authenticate(request.headers.authorization)) === undefined) return reply.code(401).send(unauthorized);
});

app.get<{ Params: { id: string } }>('/api/partner/:id', async (request, reply) => {
  const id = partnerIds.decode(request.params.id);
  if (id === undefined) return reply.code(404).send(notFound);
  const { rows } = await pool.query<PartnerRow>({ name: 'read', text: readOne, values: [id], types });
  const [row] = rows;
  return row === undefined ? reply.code(404).send(notFound) : toWire(row);
});

app.get<{ Querystring: Record<string, string> }>('/api/partner', async (request) => {
  const { limit, offset, expandCountry, countExact, country } = readListQuery(request.query);
  const byCountry = country !== undefined;
  const { rows } = await pool.query<PartnerRow>({
    name: `list:${expandCountry}:${countExact}:${byCountry}`,
    text: listSql(expandCountry, countExact, byCountry),
    values: byCountry ? [limit, offset, country] : [limit, offset],
    types,
  });
  const data = rows.map(toWire);
  return countExact ? { data, total: rows[0]?.total ?? (await countOnly(country)) } : { data };
});

/** The total of a list whose page was empty: no row carried it. */
async function countOnly(country: string | undefined): Promise<number> {
  const where = country === undefined ? 'true' : ofCountry.replace('$3', '$1');
  const { rows } = await pool.query<{ total: number }>({
    text: `select ${count(where)} as total`,
    values: country === undefined ? [] : [country],
    types,
  });
  return rows[0]?.total ?? 0;
}

await app.listen({ host, port });
announce(app.server);
