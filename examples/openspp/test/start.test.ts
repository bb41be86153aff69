import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EntityManager } from '@mikro-orm/core';
import { openDatabase, silentLogger } from '@sallyport/core';
import { memoryLogger } from '@sallyport/core/testing';
import { call } from '@sallyport/plugins/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BootstrapError } from '../src/bootstrap/index.ts';
import { Registrant, Setting } from '../src/entities/index.ts';
import { readSettings } from '../src/settings.ts';
import { fill, importBootstrap, openOpenSpp } from '../src/start.ts';
import {
  type Answer,
  at,
  basePath,
  clientSecret,
  household,
  householdId,
  nationalId,
  person,
} from '../testing/index.ts';

const main = join(import.meta.dirname, '../src/main.ts');
const root = join(import.meta.dirname, '../../..');

const file = () => ({
  idTypes: [{ system: 'urn:example:civil-id', display: 'Civil ID', pattern: '^C-[0-9]{4}$' }],
  organizations: [{ name: 'Lakeside Relief Trust', type: 'ngo' as const }],
  clients: [
    {
      name: 'Field app',
      clientId: 'field-app',
      clientSecret,
      organization: 'Lakeside Relief Trust',
      legalBasis: 'public_task' as const,
      scopes: ['individual:all', { scope: 'group:read', fields: ['name', 'member'] }, 'program_membership:read'],
    },
  ],
  individuals: [
    person('', { identifier: [{ system: 'urn:example:civil-id', value: 'C-0001' }], birth_date: '1990-01-01' }),
  ],
  groups: [household('HH-1', { member: [{ entity: { reference: 'Individual/urn:example:civil-id|C-0001' } }] })],
  programs: [
    {
      identifier: [{ system: 'urn:openspp:program', value: 'cash' }],
      name: 'Cash',
      programType: { coding: [{ system: 'urn:openspp:vocab:program-type', code: 'cash-transfer' }] },
      targetType: 'group',
    },
  ],
  memberships: [
    {
      program: { reference: 'Program/urn:openspp:program|cash' },
      beneficiary: { reference: `Group/${householdId('HH-1')}` },
      status: 'enrolled',
    },
  ],
  consents: [
    {
      signatory: 'Individual/urn:example:civil-id|C-0001',
      status: 'given' as const,
      recipients: ['Lakeside Relief Trust'],
      scopes: [{ resourceType: 'individual' as const, purpose: 'audit' as const }],
    },
  ],
});

describe('the bootstrap file', () => {
  const settings = readSettings({ DATA_DIR: 'memory://' });
  let started: Awaited<ReturnType<typeof openOpenSpp>>;
  beforeAll(async () => {
    started = await openOpenSpp(settings, silentLogger);
  });
  afterAll(() => started?.close());

  it('loads nothing when a body breaks a rule, and names the place', async () => {
    const load = (change: (bootstrap: ReturnType<typeof file>) => void) => {
      const bootstrap = file();
      change(bootstrap);
      return importBootstrap(started, bootstrap);
    };
    await expect(load((each) => each.individuals.push(person('x', { birthDate: 'never' })))).rejects.toThrow(
      /^individuals\[1\]\.birthDate: /,
    );
    await expect(load((each) => each.individuals.push(person('x', { name: {} })))).rejects.toThrow(
      'individuals[1]: The record needs a name',
    );
    const nobody = { member: [{ entity: { reference: `Individual/${nationalId('none')}` } }] };
    await expect(load((each) => each.groups.push(household('HH-2', nobody)))).rejects.toBeInstanceOf(BootstrapError);
    expect(await started.database.orm.em.fork().count(Registrant)).toBe(0);
  });

  it('loads everything by the road of the API, and keeps it when loaded again', async () => {
    const summary = await importBootstrap(started, file());
    expect(Object.values(summary).reduce((sum, { made }) => sum + made, 0)).toBe(8);
    const again = await importBootstrap(started, file());
    expect(Object.values(again).every(({ made }) => made === 0)).toBe(true);
    const credentials = { grant_type: 'client_credentials', client_id: 'field-app', client_secret: clientSecret };
    const token: Answer = await call(started.api, 'POST', `${basePath}/oauth/token`, { body: credentials });
    const headers = { authorization: `Bearer ${token.body.access_token}` };
    const get = async (path: string): Promise<Answer> => call(started.api, 'GET', `${basePath}${path}`, { headers });
    const read = await get(at('/Individual/{}', 'urn:example:civil-id|C-0001'));
    expect(read.body).toMatchObject({
      birthDate: '1990-01-01',
      groupMembership: [{ group: { display: 'House HH-1' } }],
    });
    expect(read.body.meta).not.toHaveProperty('source');
    const group = await get(at('/Group/{}', householdId('HH-1')));
    expect(Object.keys(group.body)).toEqual(['type', 'identifier', 'name', 'member']);
    expect((await get(at('/ProgramMembership/{}', householdId('HH-1')))).body.status).toBe('enrolled');
    expect((await fill(started, settings)).kind).toBe('filled');
    const known = "select reltuples::int as rows from pg_class where relname = 'consent'";
    // Searches are planned by what is in the tables now.
    expect(await started.database.orm.em.getConnection().execute(known)).toEqual([{ rows: 1 }]);
  });
});

describe('a signing secret that must not sign (contract §3.4)', () => {
  const toldOf = async (environment: Record<string, string>, prepare?: (em: EntityManager) => Promise<unknown>) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'openspp-secret-'));
    const settings = readSettings({ DATA_DIR: dataDir, ...environment });
    const log = memoryLogger();
    try {
      if (prepare !== undefined) {
        const { database, close } = await openOpenSpp(settings, silentLogger);
        await prepare(database.orm.em.fork());
        await close();
      }
      const started = await openOpenSpp(settings, log);
      await started.close();
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
    return log.lines.filter(({ level }) => level === 'error').map(({ message }) => message);
  };
  const consequence = 'Every token request and every call with a token is answered 500.';
  const remedy = 'Set OPENSPP_JWT_SECRET to what "openssl rand -base64 48" says';

  it('of the environment is told at the start, with what to do', async () => {
    expect(await toldOf({ OPENSPP_JWT_SECRET: 'short-and-secret' })).toEqual([
      'OPENSPP_JWT_SECRET cannot sign tokens: a signing secret for HS256 has at least 32 characters. ' +
        `${consequence} ${remedy}, or unset it to have one made, and start again.`,
    ]);
    expect(await toldOf({ OPENSPP_JWT_SECRET: 'ab'.repeat(32) })).toEqual([
      expect.stringMatching(/^OPENSPP_JWT_SECRET cannot sign tokens: the signing secret is too regular\. /),
    ]);
  });

  it('of the database is told likewise; a good one is not spoken of', async () => {
    const weaken = (em: EntityManager) => em.nativeUpdate(Setting, 'jwt_secret', { value: 'short-and-secret' });
    expect(await toldOf({}, weaken)).toEqual([
      'The signing secret that the database keeps cannot sign tokens: a signing secret for HS256 has at least 32 characters. ' +
        `${consequence} ${remedy}, or delete the row jwt_secret of the table setting, and start again.`,
    ]);
    expect(await toldOf({})).toEqual([]);
    expect(await toldOf({ OPENSPP_JWT_SECRET: 'of-the-environment-0123456789-ABCDEFGHIJKLMNOP' })).toEqual([]);
  });
});

interface Child {
  readonly process: ChildProcess;
  readonly output: () => string;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
}

function run(parameters: readonly string[], environment: Readonly<Record<string, string>>): Child {
  const env = { PATH: process.env.PATH ?? '', LOG_LEVEL: 'silent', ...environment };
  const child = spawn(process.execPath, ['--conditions=sallyport-source', main, ...parameters], { cwd: root, env });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    text += String(chunk);
  });
  return { process: child, output: () => text, ended: new Promise((resolve) => child.once('exit', resolve)) };
}

async function ready(child: Child): Promise<string> {
  for (let waited = 0; waited < 60_000; waited += 100) {
    const [, address] = /Ready: (\S+)/.exec(child.output()) ?? [];
    if (address !== undefined) return address;
    if (child.process.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(child.output());
}

describe('the program', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'openspp-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  for (const server of ['fastify', 'express', 'koa']) {
    it(`serves on ${server} until SIGTERM, and ends with 0`, async () => {
      const child = run(['serve'], {
        DATA_DIR: 'memory://',
        PORT: '0',
        HOST: '127.0.0.1',
        SERVER: server,
        DEMO_PEOPLE: '5',
        OPENSPP_SECRET_PEPPER: 'K7d1mQxw0R5zTn9vUe3bYc8pHsLg2aJf',
      });
      try {
        const address = await ready(child);
        const { origin } = new URL(address);
        expect((await fetch(`${origin}/healthz`)).status).toBe(200);
        expect((await fetch(`${origin}/readyz`)).status).toBe(200);
        const [, id = ''] = /client_id\s+(\S+)/.exec(child.output()) ?? [];
        const [, secret = ''] = /client_secret\s+(\S+)/.exec(child.output()) ?? [];
        const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
        const issued = await fetch(`${address}oauth/token`, { method: 'POST', headers: { authorization } });
        expect(issued.status).toBe(200);
        const { access_token: token } = (await issued.json()) as { access_token: string };
        const people = await fetch(`${address}Individual?_count=1`, { headers: { authorization: `Bearer ${token}` } });
        expect(people.status).toBe(200);
        const nowhere = await fetch(`${address}Nowhere`);
        expect([nowhere.status, nowhere.headers.get('x-api-version')]).toEqual([404, '2.0.0']);
      } finally {
        child.process.kill('SIGTERM');
      }
      expect(await child.ended).toBe(0);
    });
  }

  it('makes neither data nor clients in production, imports, and administers clients', async () => {
    const environment = { DATA_DIR: join(folder, 'data'), NODE_ENV: 'production' };
    const first = run(['serve'], { ...environment, PORT: '0', HOST: '127.0.0.1' });
    await ready(first);
    expect(first.output()).toContain('clients create');
    expect(first.output()).not.toContain('client_secret');
    first.process.kill('SIGINT');
    expect(await first.ended).toBe(0);
    const path = join(folder, 'bootstrap.json');
    await writeFile(path, JSON.stringify(file()));
    const imported = run(['import', path], environment);
    expect(await imported.ended, imported.output()).toBe(0);
    expect(imported.output()).toContain('individuals 1 made');
    const scopes = run(['clients', 'scopes', 'field-app', 'group:read', 'program:all'], environment);
    expect(await scopes.ended, scopes.output()).toBe(0);
    const typed = run(['clients', 'organization-type', 'field-app', 'un'], environment);
    expect(await typed.ended, typed.output()).toBe(0);
    const verified = run(['clients', 'verify', 'field-app', '--by', 'The registrar'], environment);
    expect(await verified.ended, verified.output()).toBe(0);
    const locked = run(['clients', 'organization-type', 'field-app', 'government'], environment);
    expect(await locked.ended).toBe(1);
    expect(locked.output()).toMatch(/^The organisation type of field-app has been verified and does not change; .+\n$/);
    const disabled = run(['clients', 'disable', 'field-app'], environment);
    expect(await disabled.ended, disabled.output()).toBe(0);
    const listed = run(['clients', 'list'], environment);
    expect(await listed.ended, listed.output()).toBe(0);
    expect(listed.output()).toContain(
      'field-app\tField app\tLakeside Relief Trust\tpublic_task\tdisabled\tgroup:read program:all',
    );
    const create = ['clients', 'create', '--name', 'New', '--organization', 'Other', '--scope', 'individual:read'];
    const created = run(create, environment);
    expect(await created.ended, created.output()).toBe(0);
    expect(created.output()).toMatch(/client_secret {2}\S{40,}/);
    await writeFile(path, JSON.stringify({ ...file(), groups: [household('HH-9', { groupType: 'club' })] }));
    const refused = run(['import', path], environment);
    expect(await refused.ended).toBe(1);
    expect(refused.output()).toMatch(/^groups\[0\]\.groupType: /);
    // Eleven cold starts of the embedded database.
  }, 300_000);

  it('tells a mistake of whoever starts it in one line', async () => {
    const dataDir = join(folder, 'locked');
    const orm = await openDatabase({ dataDir, entities: [Setting] });
    try {
      const child = run(['migrate'], { DATA_DIR: dataDir });
      expect(await child.ended).toBe(1);
      expect(child.output()).toMatch(/^database\.dataDir: process \d+ has .+ open already\n$/);
    } finally {
      await orm.close(true);
    }
  });

  it('names a setting that it cannot understand', async () => {
    const child = run(['serve'], { PORT: 'many' });
    expect(await child.ended).toBe(1);
    expect(child.output()).toBe('PORT: expected a whole number from 0 to 65535\n');
  });
});
