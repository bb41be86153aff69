/**
 * The limit: client credentials by hand, when only speed counts. Fastify and `pg`: one prepared query finds the client,
 * an HMAC judges its secret, one insert stores the token's digest. A verified token is kept for five seconds.
 */
import { createHash, createHmac, createSecretKey, randomBytes, timingSafeEqual } from 'node:crypto';
import Fastify, { type FastifyReply } from 'fastify';
import { Pool } from 'pg';
import { announce } from '../shared/announce.ts';
import { authPaths, authScope, constantAnswer, pepper, tokenSeconds } from '../shared/auth-wire.ts';
import { databaseUrl, host, poolSize, port } from '../shared/config.ts';

interface ClientRow {
  readonly mac: Buffer;
  readonly live: boolean;
  readonly scope: string;
}

interface TokenRow {
  readonly client_id: string;
  readonly scope: string;
  readonly expires_at: Date;
}

const pool = new Pool({ connectionString: databaseUrl, max: poolSize });
const key = createSecretKey(Buffer.from(pepper));
const nobody = randomBytes(32);
const keepMilliseconds = 5_000;
const keepTokens = 10_000;
const kept = new Map<string, { readonly row: TokenRow; readonly until: number }>();

const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();

/** The id of the client behind a Basic header, and its scope; `undefined` when it is not let in. */
async function authenticate(authorization = ''): Promise<{ clientId: string; scope: string } | undefined> {
  const [clientId = '', secret = ''] = Buffer.from(authorization.slice('Basic '.length), 'base64')
    .toString()
    .split(':')
    .map(decodeURIComponent);
  const { rows } = await pool.query<ClientRow>({
    name: 'client',
    text: `select mac, active and (expires_at is null or expires_at > now()) as live, scope
      from hand_client where client_id = $1`,
    values: [clientId],
  });
  const [row] = rows;
  const mac = createHmac('sha256', key).update(clientId).update('\0').update(secret).digest();
  const match = timingSafeEqual(mac, row?.mac ?? nobody);
  return match && row?.live === true ? { clientId, scope: row.scope } : undefined;
}

async function findToken(token: string): Promise<TokenRow | undefined> {
  const { rows } = await pool.query<TokenRow>({
    name: 'token',
    text: 'select client_id, scope, expires_at from hand_token where digest = $1',
    values: [digestOf(token)],
  });
  const [row] = rows;
  return row !== undefined && row.expires_at.getTime() > Date.now() ? row : undefined;
}

/** As {@link findToken}, for a token that is likely to come again. */
async function verifyBearer(authorization = ''): Promise<TokenRow | undefined> {
  const token = authorization.slice('Bearer '.length);
  const now = Date.now();
  const entry = kept.get(token);
  if (entry !== undefined && entry.until > now) return entry.row.expires_at.getTime() > now ? entry.row : undefined;
  const row = await findToken(token);
  if (row === undefined) return undefined;
  if (kept.size >= keepTokens) kept.clear();
  kept.set(token, { row, until: now + keepMilliseconds });
  return row;
}

const app = Fastify();
app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_, body, done) =>
  done(null, new URLSearchParams(String(body))),
);

const refused = (reply: FastifyReply) => reply.code(401).send({ error: 'invalid_client' });

app.post<{ Body: URLSearchParams }>(authPaths.token, async (request, reply) => {
  const client = await authenticate(request.headers.authorization);
  if (client === undefined) return refused(reply);
  if (request.body.get('grant_type') !== 'client_credentials') {
    return reply.code(400).send({ error: 'unsupported_grant_type' });
  }
  const token = randomBytes(32).toString('base64url');
  await pool.query({
    name: 'insert',
    text: `insert into hand_token (digest, client_id, scope, expires_at)
      values ($1, $2, $3, now() + make_interval(secs => $4))`,
    values: [digestOf(token), client.clientId, client.scope, tokenSeconds],
  });
  reply.header('cache-control', 'no-store');
  return { access_token: token, token_type: 'Bearer', expires_in: tokenSeconds, scope: client.scope };
});

app.post<{ Body: URLSearchParams }>(authPaths.revoke, async (request, reply) => {
  const client = await authenticate(request.headers.authorization);
  if (client === undefined) return refused(reply);
  const token = request.body.get('token') ?? '';
  await pool.query({
    name: 'delete',
    text: 'delete from hand_token where digest = $1 and client_id = $2',
    values: [digestOf(token), client.clientId],
  });
  kept.delete(token);
  return {};
});

app.post<{ Body: URLSearchParams }>(authPaths.introspect, async (request, reply) => {
  const client = await authenticate(request.headers.authorization);
  if (client === undefined) return refused(reply);
  const row = await findToken(request.body.get('token') ?? '');
  if (row === undefined || row.client_id !== client.clientId) return { active: false };
  const exp = Math.floor(row.expires_at.getTime() / 1000);
  return { active: true, client_id: row.client_id, scope: row.scope, token_type: 'Bearer', exp };
});

app.get(authPaths.open, async () => constantAnswer);

app.get(authPaths.guarded, async (request, reply) => {
  const row = await verifyBearer(request.headers.authorization);
  if (row === undefined) return reply.code(401).send({ error: 'invalid_token' });
  return row.scope.split(' ').includes(authScope) ? constantAnswer : reply.code(403).send({ error: 'scope' });
});

await app.listen({ host, port });
announce(app.server);
