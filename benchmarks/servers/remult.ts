/**
 * Remult on Express with its PostgreSQL provider. Entities carry the wire format in their fields (value converters), so
 * reading one is Remult's own route. Its own list route knows neither `offset` nor a total in the body, so the list is a
 * route of the application that uses the repository, as Remult's documentation does for such routes (`api.withRemult`).
 */
import express from 'express';
import { describeEntity, Fields, Relations, repo, SqlDatabase, type ValueConverter } from 'remult';
import { createPostgresDataProvider } from 'remult/postgres';
import { remultApi } from 'remult/remult-express';
import { announce } from './shared/announce.ts';
import { databaseUrl, host, poolSize, port } from './shared/config.ts';
import { bearerTokens, type TokenRow, tokenSql } from './shared/tokens.ts';
import { countryIds, type IdCodec, partnerIds, readListQuery, unauthorized } from './shared/wire.ts';

class Country {
  id = '';
  code = '';
  name = '';
}

class Partner {
  id = '';
  name = '';
  email: string | null = null;
  phone: string | null = null;
  active = true;
  birthDate: Date | null = null;
  credit = '';
  createdAt = new Date();
  updatedAt = new Date();
  country = '';
  countryRecord?: Country;
}

/** A hashid on the wire and in the code, an integer in the database; no row has the id −1. */
const hashid = (codec: IdCodec): ValueConverter<string> => ({
  fromDb: (id: number) => codec.encode(id),
  toDb: (text: string) => codec.decode(text) ?? -1,
  fieldTypeInDb: 'integer',
});

const readOnly = { allowApiCrud: false, allowApiRead: true } as const;

describeEntity(
  Country,
  'country',
  {
    id: Fields.string({ valueConverter: hashid(countryIds) }),
    code: Fields.string(),
    name: Fields.string(),
  },
  { ...readOnly, dbName: 'country' },
);

describeEntity(
  Partner,
  'partner',
  {
    id: Fields.string({ valueConverter: hashid(partnerIds) }),
    name: Fields.string(),
    email: Fields.string({ allowNull: true }),
    phone: Fields.string({ allowNull: true }),
    active: Fields.boolean(),
    birthDate: Fields.dateOnly({ dbName: 'birth_date', allowNull: true }),
    credit: Fields.string(),
    createdAt: Fields.date({ dbName: 'created_at' }),
    updatedAt: Fields.date({ dbName: 'updated_at' }),
    country: Fields.string({ dbName: 'country_id', valueConverter: hashid(countryIds) }),
    countryRecord: Relations.toOne<Partner, Country>(() => Country, 'country'),
  },
  { ...readOnly, dbName: 'partner', defaultOrderBy: { name: 'asc', id: 'asc' } },
);

const dataProvider = await createPostgresDataProvider({
  connectionString: databaseUrl,
  configuration: { max: poolSize },
});

const authenticate = bearerTokens(async (digest) => {
  const command = SqlDatabase.getDb(dataProvider).createCommand();
  const { rows } = await command.execute(tokenSql('?').replace('?', command.param(digest)));
  return rows[0] as TokenRow | undefined; // the columns are those of tokenSql
});

const api = remultApi({
  entities: [Country, Partner],
  dataProvider,
  ensureSchema: false,
  admin: false,
  defaultGetLimit: 20,
});

const app = express();

app.use(async (request, response, next) => {
  if ((await authenticate(request.headers.authorization)) === undefined) response.status(401).json(unauthorized);
  else next();
});

app.get('/api/partner', api.withRemult, async (request, response) => {
  const { limit, offset, expandCountry, countExact, country } = readListQuery(request.query);
  const partners = repo(Partner);
  const where = country === undefined ? {} : { country: (await repo(Country).findFirst({ code: country }))?.id ?? '' };
  const found = await partners.find({
    where,
    limit,
    page: Math.floor(offset / limit) + 1,
    include: { countryRecord: expandCountry },
  });
  const data = partners
    .toJson(found)
    .map(({ countryRecord, ...partner }) => (expandCountry ? { ...partner, country: countryRecord } : partner));
  response.json(countExact ? { data, total: await partners.count(where) } : { data });
});

app.use(api);

const server = app.listen(port, host, () => announce(server));
