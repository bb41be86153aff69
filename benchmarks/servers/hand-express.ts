/**
 * What a user would write today: Express 5, MikroORM entities, a handler for each route, a function that maps an entity to
 * JSON. No tuning beyond what MikroORM's own guide shows.
 */
import { defineEntity, type InferEntity, MikroORM, p, type QueryOrderMap } from '@mikro-orm/postgresql';
import express from 'express';
import { announce } from './shared/announce.ts';
import { databaseUrl, host, poolSize, port } from './shared/config.ts';
import { bearerTokens } from './shared/tokens.ts';
import { countryIds, notFound, type PartnerOnWire, partnerIds, readListQuery, unauthorized } from './shared/wire.ts';

const Country = defineEntity({
  name: 'Country',
  tableName: 'country',
  properties: {
    id: p.integer().primary(),
    code: p.text().unique(),
    name: p.text(),
  },
});

const Partner = defineEntity({
  name: 'Partner',
  tableName: 'partner',
  properties: {
    id: p.integer().primary(),
    name: p.text(),
    email: p.text().nullable(),
    phone: p.text().nullable(),
    active: p.boolean(),
    birthDate: p.date().nullable(),
    credit: p.decimal('string').precision(12).scale(2),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    country: () => p.manyToOne(Country),
  },
});

const ApiToken = defineEntity({
  name: 'ApiToken',
  tableName: 'api_token',
  properties: {
    id: p.integer().primary(),
    digest: p.blob().unique(),
    clientId: p.integer(),
    scopes: p.array(),
    expiresAt: p.datetime(),
  },
});

const orm = await MikroORM.init({
  clientUrl: databaseUrl,
  entities: [Country, Partner, ApiToken],
  pool: { min: 0, max: poolSize },
  ensureDatabase: false,
});

const byName: QueryOrderMap<InferEntity<typeof Partner>> = { name: 'asc', id: 'asc' };

function toWire(partner: InferEntity<typeof Partner>, expandCountry: boolean): PartnerOnWire {
  const id = countryIds.encode(partner.country.id);
  return {
    id: partnerIds.encode(partner.id),
    name: partner.name,
    email: partner.email ?? null,
    phone: partner.phone ?? null,
    active: partner.active,
    birthDate: partner.birthDate ?? null,
    credit: partner.credit,
    createdAt: partner.createdAt.toISOString(),
    updatedAt: partner.updatedAt.toISOString(),
    country: expandCountry ? { id, code: partner.country.code, name: partner.country.name } : id,
  };
}

const authenticate = bearerTokens(async (digest) => {
  const token = await orm.em.fork().findOne(ApiToken, { digest });
  return token ?? undefined;
});

const app = express();

app.use(async (request, response, next) => {
  if ((await authenticate(request.headers.authorization)) === undefined) response.status(401).json(unauthorized);
  else next();
});

app.get('/api/partner/:id', async (request, response) => {
  const id = partnerIds.decode(request.params.id);
  const partner = id === undefined ? null : await orm.em.fork().findOne(Partner, id);
  if (partner === null) response.status(404).json(notFound);
  else response.json(toWire(partner, false));
});

app.get('/api/partner', async (request, response) => {
  const { limit, offset, expandCountry, countExact, country } = readListQuery(request.query);
  const em = orm.em.fork();
  const where = country === undefined ? {} : { country: { code: country } };
  const options = { limit, offset, orderBy: byName, populate: expandCountry ? (['country'] as const) : [] };
  if (countExact) {
    const [partners, total] = await em.findAndCount(Partner, where, options);
    response.json({ data: partners.map((partner) => toWire(partner, expandCountry)), total });
  } else {
    const partners = await em.find(Partner, where, options);
    response.json({ data: partners.map((partner) => toWire(partner, expandCountry)) });
  }
});

const server = app.listen(port, host, () => announce(server));
