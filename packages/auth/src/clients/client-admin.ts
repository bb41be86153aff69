import { randomBytes } from 'node:crypto';
import { LockMode } from '@mikro-orm/core';
import { type Clock, ConfigurationError, SallyportError, systemClock } from '@sallyport/core';
import { checkKeySet } from '../assertions/registered-keys.ts';
import type { SqlOrm } from '../lib/native-query.ts';
import { isClientId } from '../lib/text.ts';
import type { ClientKeySet } from './client.ts';
import type { SqlClientStore } from './client-store.ts';
import { AuthClient, type AuthClientRow, type SecretRow } from './entities.ts';
import { issueSecret, type SecretEnvironment } from './secret.ts';
import type { SecretHasher } from './secret-hasher.ts';

export interface NewClient {
  readonly name: string;
  /** `client_` and 16 random bytes when absent. */
  readonly clientId?: string;
  readonly scopes: readonly string[];
  readonly expiresAt?: Date;
  readonly tokenLifetimeSeconds?: number;
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** Prefix of its secret; default `live`. */
  readonly environment?: SecretEnvironment;
  /** A client with keys is a {@link NewKeyedClient}. */
  readonly jwks?: undefined;
}

/** A client that signs assertions, and has no secret. */
export interface NewKeyedClient extends Omit<NewClient, 'environment' | 'jwks'> {
  /** Its public keys, a JWK Set. */
  readonly jwks: ClientKeySet;
}

/** A client's id and its new secret, which is told this once. */
export interface IssuedCredentials {
  readonly clientId: string;
  readonly secret: string;
}

/** Administration of {@link AuthClient}. Each change raises the client's epoch and is told to this process's caches. */
export interface ClientAdmin {
  /** With `jwks` it has keys and no secret; `rotate` would give it one beside them. */
  create(client: NewKeyedClient): Promise<Pick<IssuedCredentials, 'clientId'>>;
  create(client: NewClient): Promise<IssuedCredentials>;
  /**
   * A new secret beside the newest old one, which goes on for `overlapSeconds` (0 when absent: it ends now). Of more than
   * one old secret the newest stays.
   */
  rotate(clientId: string, options?: RotationOptions): Promise<IssuedCredentials>;
  /**
   * Other public keys instead of those that it has: to rotate, first a set with both. `undefined`: none any more.
   * `endSecrets` takes its secrets away, of a client that goes over to keys.
   */
  setKeys(clientId: string, jwks: ClientKeySet | undefined, options?: { readonly endSecrets?: boolean }): Promise<void>;
  /** No new tokens, and the live ones stop working. */
  disable(clientId: string): Promise<void>;
  enable(clientId: string): Promise<void>;
  setScopes(clientId: string, scopes: readonly string[]): Promise<void>;
}

export interface RotationOptions {
  readonly overlapSeconds?: number;
  readonly environment?: SecretEnvironment;
}

/** @throws SallyportError from its methods: `not_found`, `rule_broken` for an id or scope outside OAuth's grammar, and for keys that are refused. */
export function createClientAdmin(
  orm: SqlOrm,
  store: SqlClientStore,
  hasher: SecretHasher,
  { clock = systemClock }: { readonly clock?: Clock } = {},
): ClientAdmin {
  const change = async (clientId: string, apply: (client: AuthClientRow) => void): Promise<void> => {
    await orm.em.fork().transactional(async (em) => {
      const client = await em.findOne(AuthClient, { clientId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (client === null) throw new SallyportError('not_found');
      apply(client);
      client.epoch += 1;
    });
    store.changed(clientId);
  };

  const newSecret = (clientId: string, environment: SecretEnvironment | undefined) => {
    const secret = issueSecret(environment);
    const row: SecretRow = {
      id: randomBytes(6).toString('base64url'),
      hash: hasher.hash(clientId, secret),
      createdAt: clock.now().toISOString(),
    };
    return { secret, row };
  };

  async function create(client: NewKeyedClient): Promise<Pick<IssuedCredentials, 'clientId'>>;
  async function create(client: NewClient): Promise<IssuedCredentials>;
  async function create(
    client: NewClient | (NewKeyedClient & Pick<NewClient, 'environment'>),
  ): Promise<Partial<IssuedCredentials>> {
    const clientId = client.clientId ?? `client_${randomBytes(16).toString('base64url')}`;
    // RFC 7617 section 2: an id with a colon cannot be sent by Basic.
    if (!isClientId(clientId) || clientId.includes(':')) {
      throw new SallyportError('rule_broken', { detail: 'The client id is not well formed.' });
    }
    checkScopes(client.scopes);
    const keys = client.jwks === undefined ? null : checkedKeys(client.jwks);
    const issued = keys === null ? newSecret(clientId, client.environment) : undefined;
    const em = orm.em.fork();
    em.create(AuthClient, {
      clientId,
      name: client.name,
      active: true,
      expiresAt: client.expiresAt ?? null,
      secrets: issued === undefined ? [] : [issued.row],
      keys,
      scopes: client.scopes,
      tokenLifetimeSeconds: client.tokenLifetimeSeconds ?? null,
      epoch: 0,
      attributes: client.attributes ?? {},
      createdAt: clock.now(),
      lastUsedAt: null,
      requestCount: 0,
      secretUse: {},
    });
    await em.flush();
    store.changed(clientId);
    return issued === undefined ? { clientId } : { clientId, secret: issued.secret };
  }

  return {
    create,
    async rotate(clientId, options = {}) {
      const { secret, row } = newSecret(clientId, options.environment);
      const now = clock.now();
      const overlap = options.overlapSeconds ?? 0;
      await change(clientId, (client) => {
        const alive = client.secrets.filter((one) => one.expiresAt === undefined || new Date(one.expiresAt) > now);
        const last = alive.at(-1);
        const until = new Date(now.getTime() + overlap * 1000).toISOString();
        const kept = last === undefined || overlap <= 0 ? [] : [{ ...last, expiresAt: earlier(last.expiresAt, until) }];
        client.secrets = [...kept, row];
      });
      return { clientId, secret };
    },
    async setKeys(clientId, jwks, { endSecrets = false } = {}) {
      const keys = jwks === undefined ? null : checkedKeys(jwks);
      await change(clientId, (client) => {
        client.keys = keys;
        if (endSecrets) client.secrets = [];
      });
    },
    disable: (clientId) =>
      change(clientId, (client) => {
        client.active = false;
      }),
    enable: (clientId) =>
      change(clientId, (client) => {
        client.active = true;
      }),
    async setScopes(clientId, scopes) {
      checkScopes(scopes);
      await change(clientId, (client) => {
        client.scopes = scopes;
      });
    },
  };
}

function earlier(one: string | undefined, other: string): string {
  return one !== undefined && one < other ? one : other;
}

function checkedKeys(jwks: ClientKeySet): ClientKeySet {
  try {
    return checkKeySet(jwks, 'jwks');
  } catch (error) {
    // It names the place of the fault, and never a key.
    if (error instanceof ConfigurationError) throw new SallyportError('rule_broken', { detail: error.message });
    throw error;
  }
}

function checkScopes(scopes: readonly string[]): void {
  if (scopes.every((scope) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope))) return;
  throw new SallyportError('rule_broken', { detail: 'A scope is not well formed.' });
}
