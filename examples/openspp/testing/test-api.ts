import type { MikroORM } from '@mikro-orm/core';
import type { Api } from '@sallyport/core';
import { silentLogger } from '@sallyport/core';
import { type TestResponse, testDatabases } from '@sallyport/core/testing';
import { call } from '@sallyport/plugins/testing';
import { afterAll, beforeAll, describe } from 'vitest';
import { migrations } from '../migrations/index.ts';
import { apiVersion, basePath, createOpenSpp } from '../src/app.ts';
import { openSppHasher } from '../src/authentication.ts';
import { type Bootstrap, loadBootstrap } from '../src/bootstrap/index.ts';
import {
  ApiClient,
  ApiScope,
  entities,
  type legalBases,
  Organization,
  type scopeActions,
} from '../src/entities/index.ts';
import { readSettings } from '../src/settings.ts';
import { loadVocabulary } from '../src/vocabulary/index.ts';
import { openTestDatabase } from './open-test-database.ts';

export { apiVersion, basePath };

export const secrets = {
  jwtSecret: 'a-signing-secret-of-the-tests-0123456789-ABCDEFGHIJKLMNOP',
  peppers: ['p3pPer-of-the-tests-0123456789-abcdefghij'],
};
export const clientSecret = 'at-least-32-characters-of-secret-text';

/** `scope` → what a scope allows to see; null is everything. */
type Scopes = readonly (string | { readonly scope: string; readonly fields: readonly string[] })[];

export interface Options {
  readonly body?: unknown;
  /** Name of a client; `null`: no token. Default `full`. */
  readonly as?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer with its body as tests look at it. */
export interface Answer extends Omit<TestResponse, 'body'> {
  // biome-ignore lint/suspicious/noExplicitAny: bodies of tests are looked at by matchers
  readonly body: any;
}

export interface TestApi {
  readonly database: 'pglite' | 'postgresql';
  readonly orm: MikroORM;
  readonly api: Api;
  send(method: string, path: string, options?: Options): Promise<Answer>;
  token(clientId: string): Promise<string>;
  /** Of the organisation `Tests`, an NGO, unless told. */
  addClient(
    clientId: string,
    scopes: Scopes,
    legalBasis?: (typeof legalBases)[number],
    organization?: { readonly name: string; readonly type: string },
  ): Promise<void>;
  load(bootstrap: Bootstrap): Promise<void>;
}

const everything = ['individual:all', 'group:all', 'program:all', 'program_membership:all'];

async function openDatabase(name: 'pglite' | 'postgresql') {
  if (name === 'pglite') return openTestDatabase();
  const database = testDatabases().find((each) => each.name === name);
  if (database === undefined) throw new Error('there is no PostgreSQL to test with');
  const open = await database.open([...entities], {
    empty: true,
    migrations: { migrationsList: migrations, snapshot: false, silent: true },
    connections: 20,
  });
  await open.orm.migrator.up();
  await open.orm.em.fork().transactional((em) => loadVocabulary(em));
  return open;
}

/** The path of a record: `#` and `|` are percent-encoded. */
export const at = (path: string, ...keys: readonly string[]): string =>
  keys.reduce((made, key) => made.replace('{}', encodeURIComponent(key)), path);

export const nationalId = (value: string): string => `urn:openspp:vocab:id-type#national_id|${value}`;
export const householdId = (value: string): string => `urn:openspp:vocab:id-type#household_id|${value}`;

export function person(value: string, more: object = {}): Record<string, unknown> {
  return {
    identifier: [{ system: 'urn:openspp:vocab:id-type#national_id', value }],
    name: { given: 'Ada', family: 'Birungi' },
    ...more,
  };
}

export function household(value: string, more: object = {}): Record<string, unknown> {
  return { identifier: [{ system: 'urn:openspp:vocab:id-type#household_id', value }], name: `House ${value}`, ...more };
}

/** Runs tests over every database, each with an API and a client `full` that may do everything. */
export function overEachDatabase(
  title: string,
  tests: (t: TestApi) => void,
  environment: Readonly<Record<string, string>> = {},
): void {
  for (const { name } of testDatabases()) {
    describe(`${title} (${name})`, () => {
      const state: { opened?: Awaited<ReturnType<typeof openDatabase>>; api?: Api } = {};
      const tokens = new Map<string, string>();
      const opened = () => {
        if (state.opened === undefined || state.api === undefined) throw new Error('the database is not open yet');
        return { orm: state.opened.orm as MikroORM, api: state.api };
      };
      const t: TestApi = {
        database: name,
        get orm() {
          return opened().orm;
        },
        get api() {
          return opened().api;
        },
        async send(method, path, { body, as = 'full', headers = {} } = {}) {
          const authorization = as === null ? {} : { authorization: `Bearer ${await t.token(as)}` };
          return call(t.api, method, `${basePath}${path}`, { body, headers: { ...authorization, ...headers } });
        },
        async token(clientId) {
          const known = tokens.get(clientId);
          if (known !== undefined) return known;
          const body = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
          const answer: Answer = await call(t.api, 'POST', `${basePath}/oauth/token`, { body });
          if (answer.status !== 200) throw new Error(answer.text);
          tokens.set(clientId, answer.body.access_token);
          return answer.body.access_token;
        },
        async addClient(clientId, scopes, legalBasis = 'public_task', { name, type } = { name: 'Tests', type: 'ngo' }) {
          const secretHash = await openSppHasher(secrets.peppers).import(clientSecret, 'openspp');
          await t.orm.em.fork().transactional(async (em) => {
            const known = await em.findOne(Organization, { name });
            const organization = known ?? em.create(Organization, { name, type });
            const details = { clientId, secretHash, name: `Client ${clientId}`, legalBasis };
            const client = em.create(ApiClient, { ...details, organization, organizationType: organization.type });
            for (const each of scopes) {
              const { scope, fields } = typeof each === 'string' ? { scope: each, fields: null } : each;
              const [resource = '', action = ''] = scope.split(':');
              em.create(ApiScope, {
                client,
                resource,
                action: action as (typeof scopeActions)[number],
                fields: fields === null ? null : [...fields],
              });
            }
          });
        },
        async load(bootstrap) {
          await t.api.store.unit((unit) => {
            const create = (resource: string) => (body: object) =>
              t.api.system.create(resource, body as Record<string, unknown>, unit);
            return loadBootstrap(unit.em, bootstrap, {
              hashSecret: (_id, secret) => openSppHasher(secrets.peppers).import(secret, 'openspp'),
              createIndividual: create('individual'),
              createGroup: create('group'),
              createProgram: create('program'),
              createMembership: create('program_membership'),
            });
          });
        },
      };
      beforeAll(async () => {
        state.opened = await openDatabase(name);
        const settings = readSettings({ TOKEN_RATE_PER_MINUTE: '1000', TOKEN_RATE_PER_DAY: '10000', ...environment });
        const orm = state.opened.orm as MikroORM;
        state.api = await createOpenSpp({
          orm,
          settings,
          secrets,
          shared: name === 'postgresql',
          logger: silentLogger,
        });
        await t.addClient('full', everything);
      });
      afterAll(async () => {
        await state.api?.close();
        await state.opened?.close();
      });
      tests(t);
    });
  }
}
