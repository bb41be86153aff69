import type { MikroORM } from '@mikro-orm/core';
import type { Api } from '@sallyport/core';
import { type LoggedLine, memoryLogger, type TestRequest, type TestResponse } from '@sallyport/core/testing';
import { apiVersion, basePath, createOpenSpp, type OpenSppOptions } from '../src/app.ts';
import { openSppHasher } from '../src/authentication.ts';
import { type Bootstrap, loadBootstrap } from '../src/bootstrap/index.ts';
import { ApiClient, ApiScope, type legalBases, Organization, type scopeActions } from '../src/entities/index.ts';
import { readSettings } from '../src/settings.ts';
import { type Canary, createCanary, type People } from './canary/index.ts';
import type { Transport } from './transports.ts';

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

/** An API that a test starts beside its own, over the same database. */
export interface StartedApi {
  readonly api: Api;
  /** `as` says whose token `request` carries, if any: what that client may not see is looked for in the answer. */
  send(method: string, path: string, request?: TestRequest, as?: string | null): Promise<Answer>;
  close(): Promise<void>;
}

/** What another API has of its own. */
export type StartOptions = Partial<Pick<OpenSppOptions, 'secrets' | 'clock' | 'shared' | 'extensions'>> & {
  readonly environment?: Readonly<Record<string, string>>;
};

export interface TestApi {
  readonly database: 'pglite' | 'postgresql';
  readonly orm: MikroORM;
  readonly api: Api;
  /** Who is registered, and who may read their names; who may not, fails the test that shows them. */
  readonly people: People;
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
  /** Another API over the same database, served as this one is. Close it in the test. */
  start(options: StartOptions): Promise<StartedApi>;
}

let hashed: Promise<string> | undefined;
/** Hashing takes long on purpose, and all clients have one secret. */
const hashOfClientSecret = (): Promise<string> => {
  hashed ??= openSppHasher(secrets.peppers).import(clientSecret, 'openspp');
  return hashed;
};

const everything = ['individual:all', 'group:all', 'program:all', 'program_membership:all'];

/** The path of a record: `#` and `|` are percent-encoded. */
export const at = (path: string, ...keys: readonly string[]): string =>
  keys.reduce((made, key) => made.replace('{}', encodeURIComponent(key)), path);

export const nationalId = (value: string): string => `urn:openspp:vocab:id-type#national_id|${value}`;
export const householdId = (value: string): string => `urn:openspp:vocab:id-type#household_id|${value}`;

/** The names that {@link person} gives: nobody else has them. */
export const givenOf = (value: string): string => `Given-${value}`;
export const familyOf = (value: string): string => `Family-${value}`;
export const nameOf = (value: string): string => `${givenOf(value)} ${familyOf(value)}`;
export const namesOf = (value: string): readonly string[] => [givenOf(value), familyOf(value), nameOf(value)];

export function person(value: string, more: object = {}): Record<string, unknown> {
  return {
    identifier: [{ system: 'urn:openspp:vocab:id-type#national_id', value }],
    name: { given: givenOf(value), family: familyOf(value) },
    ...more,
  };
}

export function household(value: string, more: object = {}): Record<string, unknown> {
  return { identifier: [{ system: 'urn:openspp:vocab:id-type#household_id', value }], name: `House ${value}`, ...more };
}

/** A {@link TestApi} before its database is open. */
export interface LateTestApi {
  readonly t: TestApi;
  /** Makes the API over an open database, with the client `full` that may do everything. */
  begin(orm: MikroORM): Promise<void>;
  end(): Promise<void>;
}

/** Tests of one describe block: its API, looked at by a canary. */
export function lateTestApi(
  database: TestApi['database'],
  transport: Transport,
  environment: Readonly<Record<string, string>>,
): LateTestApi {
  let begun: { readonly orm: MikroORM; readonly own: StartedApi; readonly canary: Canary } | undefined;
  const tokens = new Map<string, string>();
  const lines: LoggedLine[] = [];
  const logger = memoryLogger({}, lines);
  const known = () => {
    if (begun === undefined) throw new Error('the database is not open yet');
    return begun;
  };

  async function start(orm: MikroORM, options: StartOptions, canary?: Canary): Promise<[StartedApi, Canary]> {
    const { environment: more = {}, ...rest } = options;
    const unlimited = { TOKEN_RATE_PER_MINUTE: '1000', TOKEN_RATE_PER_DAY: '10000', CALL_LIMITS: 'no' };
    const settings = readSettings({ ...unlimited, ...more });
    const api = await createOpenSpp({ orm, settings, secrets, shared: database === 'postgresql', logger, ...rest });
    const served = await transport.serve(api);
    const forbidden = [clientSecret, secrets.jwtSecret, ...secrets.peppers];
    const looking = canary ?? (await createCanary(orm, served.document, forbidden));
    const started: StartedApi = {
      api,
      async send(method, path, request = {}, as = null) {
        const target = `${basePath}${path}`;
        looking.people.note(request.body);
        const answer = await served.send(method, target, request);
        looking.look({ method, target, request, as }, answer);
        looking.lookAtLog(lines.splice(0));
        return answer;
      },
      async close() {
        await served.close();
        await api.close();
        looking.lookAtLog(lines.splice(0));
      },
    };
    return [started, looking];
  }

  const t: TestApi = {
    database,
    get orm() {
      return known().orm;
    },
    get api() {
      return known().own.api;
    },
    get people() {
      return known().canary.people;
    },
    async send(method, path, { body, as = 'full', headers = {} } = {}) {
      const authorization = as === null ? {} : { authorization: `Bearer ${await t.token(as)}` };
      return known().own.send(method, path, { body, headers: { ...authorization, ...headers } }, as);
    },
    async token(clientId) {
      const issued = tokens.get(clientId);
      if (issued !== undefined) return issued;
      const body = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
      const answer = await known().own.send('POST', '/oauth/token', { body });
      if (answer.status !== 200) throw new Error(answer.text);
      tokens.set(clientId, answer.body.access_token);
      return answer.body.access_token;
    },
    async addClient(clientId, scopes, legalBasis = 'public_task', { name, type } = { name: 'Tests', type: 'ngo' }) {
      const secretHash = await hashOfClientSecret();
      const said = scopes.map((each) => (typeof each === 'string' ? { scope: each, fields: null } : each));
      t.people.reader(clientId, { legalBasis, scopes: said });
      await t.orm.em.fork().transactional(async (em) => {
        const known = await em.findOne(Organization, { name });
        const organization = known ?? em.create(Organization, { name, type });
        const details = { clientId, secretHash, name: `Client ${clientId}`, legalBasis };
        const client = em.create(ApiClient, { ...details, organization, organizationType: organization.type });
        for (const { scope, fields } of said) {
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
      t.people.note(bootstrap);
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
    async start(options) {
      const { orm, canary } = known();
      const [started] = await start(orm, options, canary);
      return started;
    },
  };

  return {
    t,
    async begin(orm) {
      const [own, canary] = await start(orm, { environment });
      begun = { orm, own, canary };
      await t.addClient('full', everything);
    },
    end: async () => begun?.own.close(),
  };
}
