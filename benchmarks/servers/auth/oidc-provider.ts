/**
 * node-oidc-provider as an authorization server for machine clients: clients and opaque tokens in PostgreSQL by an adapter
 * of its contract, prepared statements, one table. It keeps secrets and tokens as they are, as the contract has it.
 */
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import Provider, { type Adapter, type AdapterPayload } from 'oidc-provider';
import { Pool } from 'pg';
import { announce } from '../shared/announce.ts';
import { authPaths, authScope, constantAnswer, tokenSeconds } from '../shared/auth-wire.ts';
import { databaseUrl, host, poolSize, port } from '../shared/config.ts';

const pool = new Pool({ connectionString: databaseUrl, max: poolSize });

interface PayloadRow {
  readonly payload: AdapterPayload;
  readonly consumed: boolean;
}

/** One model of the provider in the table `oidc_payload`. */
class PostgresAdapter implements Adapter {
  readonly #model: string;

  constructor(model: string) {
    this.#model = model;
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    await pool.query({
      name: 'upsert',
      text: `insert into oidc_payload (model, id, payload, grant_id, user_code, uid, expires_at)
        values ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7))
        on conflict (model, id) do update set payload = excluded.payload, expires_at = excluded.expires_at`,
      values: [
        this.#model,
        id,
        payload,
        payload.grantId ?? null,
        payload.userCode ?? null,
        payload.uid ?? null,
        expiresIn ?? null,
      ],
    });
  }

  find(id: string): Promise<AdapterPayload | undefined> {
    return this.#one('id', id);
  }

  findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return this.#one('user_code', userCode);
  }

  findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.#one('uid', uid);
  }

  async consume(id: string): Promise<void> {
    const text = 'update oidc_payload set consumed_at = now() where model = $1 and id = $2';
    await pool.query({ name: 'consume', text, values: [this.#model, id] });
  }

  async destroy(id: string): Promise<void> {
    const text = 'delete from oidc_payload where model = $1 and id = $2';
    await pool.query({ name: 'destroy', text, values: [this.#model, id] });
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    const text = 'delete from oidc_payload where model = $1 and grant_id = $2';
    await pool.query({ name: 'revoke', text, values: [this.#model, grantId] });
  }

  async #one(column: 'id' | 'user_code' | 'uid', value: string): Promise<AdapterPayload | undefined> {
    const { rows } = await pool.query<PayloadRow>({
      name: `find_${column}`,
      text: `select payload, consumed_at is not null as consumed from oidc_payload
        where model = $1 and ${column} = $2 and (expires_at is null or expires_at > now())`,
      values: [this.#model, value],
    });
    const [row] = rows;
    if (row === undefined) return undefined;
    return row.consumed ? { ...row.payload, consumed: true } : row.payload;
  }
}

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const provider = new Provider('https://auth.example.org', {
  adapter: PostgresAdapter,
  clientDefaults: { grant_types: ['client_credentials'], response_types: [], redirect_uris: [] },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    introspection: { enabled: true, allowedPolicy: (_, client, token) => token.clientId === client.clientId },
    revocation: { enabled: true, allowedPolicy: (_, client, token) => token.clientId === client.clientId },
  },
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kty: 'RSA', use: 'sig', alg: 'RS256' }] },
  routes: { token: authPaths.token, revocation: authPaths.revoke, introspection: authPaths.introspect },
  scopes: [authScope],
  ttl: { ClientCredentials: tokenSeconds },
});

provider.use(async (ctx, next) => {
  if (ctx.path === authPaths.open) {
    ctx.body = constantAnswer;
    return;
  }
  if (ctx.path !== authPaths.guarded) return next();
  // How a resource in the same process asks about a token; one elsewhere would ask the introspection endpoint.
  const token = await provider.ClientCredentials.find(ctx.get('authorization').slice('Bearer '.length));
  const held = token?.isValid === true;
  ctx.status = held ? (token.scopes.has(authScope) ? 200 : 403) : 401;
  ctx.body = ctx.status === 200 ? constantAnswer : { error: 'refused' };
});

const server = createServer(provider.callback());
server.listen(port, host, () => announce(server));
