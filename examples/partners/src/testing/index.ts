import {
  type ClientAdministration,
  ClientStoreService,
  createClientAdmin,
  type IssuedCredentials,
  type SqlClientStore,
} from '@sallyport/auth';
import { type Api, ClockService, silentLogger } from '@sallyport/core';
import type { OpenTestDatabase, TestDatabase, TestResponse } from '@sallyport/core/testing';
import { call } from '@sallyport/plugins/testing';
import { createPartnersApi, type PartnersOptions } from '../api.ts';
import { hasherOf, prepare } from '../database/open.ts';
import { entities } from '../entities/index.ts';
import { migrations } from '../migrations/index.ts';
import type { Secrets } from '../secrets.ts';

/** The instant at which everything in a test happens. */
export const now = new Date('2026-05-04T22:30:00.250Z');

export type Json = Readonly<Record<string, unknown>>;

export interface Reply extends TestResponse {
  /** The member `result`, taken to be there. */
  readonly result: Json & {
    readonly id: string;
    readonly length: number;
    readonly records: readonly (Json & { id: string })[];
  };
  readonly error: { readonly code: number; readonly message: string; readonly data: Json & { readonly name: string } };
}

/** A client application, at work. */
export interface Caller {
  readonly credentials: IssuedCredentials;
  readonly token: string;
  ask(method: string, target: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  /** The records that a domain finds. */
  find(resource: string, domain: string, more?: string): Promise<Reply['result']>;
}

export interface World {
  readonly open: OpenTestDatabase;
  readonly secrets: Secrets;
  readonly api: Api;
  readonly admin: ClientAdministration;
  /** The example again, over the same database. */
  another(options: Partial<PartnersOptions>): Promise<Api>;
  /** Asks without credentials. */
  ask: Caller['ask'];
  caller(client: {
    clientId: string;
    scopes?: readonly string[];
    company?: string;
    lifetime?: number;
  }): Promise<Caller>;
  close(): Promise<void>;
}

const every = ['create', 'read', 'update', 'delete', 'search', 'rpc'];

/** The example in this process, over a database of its own with the seed. */
export async function openWorld(database: TestDatabase, options: Partial<PartnersOptions> = {}): Promise<World> {
  const open = await database.open(entities, { empty: true, migrations });
  const { orm, secrets } = await prepare(open.orm, 'a root secret for tests only, of 48 characters..');
  const another: World['another'] = (changed) =>
    createPartnersApi({
      orm,
      secrets,
      logger: silentLogger,
      services: (services) => services.register(ClockService, () => ({ now: () => now })),
      ...options,
      ...changed,
    });
  const api = await another({});
  // The API's own store, so that its caches hear of changes.
  const store = api.services.resolve(ClientStoreService) as SqlClientStore;
  const admin = createClientAdmin(orm, store, hasherOf(secrets));

  const asking =
    (own: Readonly<Record<string, string>>): Caller['ask'] =>
    async (method, target, body, headers = {}) => {
      const response = await call(api, method, target, { headers: { ...own, ...headers }, body });
      const { result, error } = (response.body ?? {}) as Pick<Reply, 'result' | 'error'>;
      return { ...response, result, error };
    };

  return {
    open,
    secrets,
    api,
    admin,
    another,
    ask: asking({}),
    async caller({ clientId, scopes = every, company = 'Acme', lifetime }) {
      const attributes = { company };
      const life = lifetime === undefined ? {} : { tokenLifetimeSeconds: lifetime };
      const credentials = await admin.create({ clientId, name: clientId, scopes, attributes, ...life });
      const { body } = await requestToken(api, '/api/oauth2/token', credentials);
      const token = String((body as Json).access_token);
      const ask = asking({ authorization: `Bearer ${token}` });
      return {
        credentials,
        token,
        ask,
        async find(resource, domain, more = '') {
          const { result, text } = await ask(
            'GET',
            `/api/${resource}/rest?domain=${encodeURIComponent(domain)}${more}`,
          );
          if (result === undefined) throw new Error(text);
          return result;
        },
      };
    },
    async close() {
      await api.close();
      await open.close();
    },
  };
}

/** Asks a token endpoint by an urlencoded form. */
export function requestToken(
  api: Api,
  path: string,
  { clientId, secret }: IssuedCredentials,
  more: Readonly<Record<string, string>> = {},
): Promise<TestResponse> {
  const body = new URLSearchParams({ client_id: clientId, client_secret: secret, ...more }).toString();
  return call(api, 'POST', path, { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body });
}
