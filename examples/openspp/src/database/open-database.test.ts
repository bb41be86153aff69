import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OpenTestDatabase, testDatabases } from '@sallyport/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entities, Identifier, Registrant, VocabularyCode } from '../entities/index.ts';
import { lockIdentifiers } from '../identifiers/index.ts';
import { keepSetting, openDatabase } from './index.ts';

describe('openDatabase', () => {
  it('keeps what is in a folder, and lets one process in', async () => {
    const root = await mkdtemp(join(tmpdir(), 'openspp-'));
    const settings = { databaseUrl: undefined, dataDir: join(root, 'deep/er') };
    try {
      const first = await openDatabase(settings);
      expect(first.migrated.length).toBeGreaterThan(0);
      await expect(openDatabase(settings)).rejects.toThrow(/process \d+ has .* open already/);
      expect(await keepSetting(first.orm.em.fork(), 'jwt-secret', () => 'made')).toBe('made');
      await first.close();

      const second = await openDatabase(settings);
      expect(second.migrated).toEqual([]);
      expect(await keepSetting(second.orm.em.fork(), 'jwt-secret', () => 'another')).toBe('made');
      await second.close();
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  });
});

it('tells where no server answers and why, and never the password', async () => {
  const told = (address: string) =>
    openDatabase({ databaseUrl: `postgres://me:hunter2@${address}/db`, dataDir: 'memory://' }).then(
      () => 'open',
      (error: Error) => String(error),
    );
  expect(await told('127.0.0.1:9')).toBe(
    'ConfigurationError: DATABASE_URL: no PostgreSQL server at 127.0.0.1:9: the connection is refused (ECONNREFUSED)',
  );
  expect(await told('nowhere.invalid')).toMatch(
    /no PostgreSQL server at nowhere\.invalid:5432: .* \((ENOTFOUND|EAI_AGAIN)\)$/,
  );
});

const servers = testDatabases().filter(({ name }) => name === 'postgresql');

describe.each(servers)('on $name', ({ open }) => {
  let empty: OpenTestDatabase;
  let settings: { readonly databaseUrl: string | undefined; readonly dataDir: string };
  beforeAll(async () => {
    empty = await open([...entities], { empty: true });
    settings = { databaseUrl: empty.url, dataDir: 'memory://' };
  });
  afterAll(() => empty?.close());

  it('migrates once, however many processes start', async () => {
    const opened = await Promise.all([1, 2, 3].map(() => openDatabase(settings)));
    try {
      expect(opened.filter(({ migrated }) => migrated.length > 0).length).toBeLessThanOrEqual(1);
      expect(await opened[0]?.orm.schema.getUpdateSchemaSQL({ wrap: false })).toBe('');
    } finally {
      for (const database of opened) await database.close();
    }
  });

  it('makes no database of a name that was mistyped', async () => {
    const url = new URL(settings.databaseUrl ?? '');
    url.pathname += '_mistyped';
    const name = url.pathname.slice(1);
    await expect(openDatabase({ ...settings, databaseUrl: url.href })).rejects.toThrow(
      `database: the server has no database "${name}": make it, or correct the name`,
    );
    const there = await empty.orm.em.getConnection().execute(`select from pg_database where datname = '${name}'`);
    expect(there).toEqual([]);
  });

  it('tells whose login is refused, and never the password', async () => {
    const url = new URL(settings.databaseUrl ?? '');
    url.username = 'nobody_of_this_name';
    url.password = 'hunter2';
    const error = await openDatabase({ ...settings, databaseUrl: url.href }).then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    expect(error?.message).toBe(
      `DATABASE_URL: the PostgreSQL server at ${url.hostname}:${url.port || 5432} refuses the login of "nobody_of_this_name" (28000)`,
    );
  });

  it('gives an identifier to one of many that ask at once', async () => {
    const { orm, close } = await openDatabase(settings);
    try {
      const system = 'urn:openspp:vocab:id-type#passport';
      const type = await orm.em.fork().findOneOrFail(VocabularyCode, { uri: system });
      const value = `P-${Date.now()}`;
      const take = () =>
        orm.em.fork().transactional(async (em) => {
          await lockIdentifiers(em, [
            { system, value },
            { system, value: `${value}-${Math.random()}` },
          ]);
          if ((await em.count(Identifier, { type: type.id, value })) > 0) return false;
          const registrant = em.create(Registrant, { kind: 'individual', name: value });
          em.create(Identifier, { registrant, type: type.id, value });
          return true;
        });
      const won = await Promise.all(Array.from({ length: 20 }, take));
      expect(won.filter(Boolean)).toHaveLength(1);
    } finally {
      await close();
    }
  });
});
