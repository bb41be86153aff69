import { expect, it } from 'vitest';
import { readSettings } from './settings.ts';

it('needs nothing', () => {
  expect(readSettings({})).toEqual({
    host: '127.0.0.1',
    port: 8070,
    server: 'fastify',
    databaseUrl: undefined,
    dataDir: '.data/partners',
    secret: undefined,
    jwtAlgorithm: 'HS256',
  });
});

it('has one database', () => {
  const databaseUrl = 'postgres://u:p@db/partners';
  expect(readSettings({ DATA_DIR: 'memory://' }).dataDir).toBeUndefined();
  expect(readSettings({ DATABASE_URL: databaseUrl, DATA_DIR: 'x' })).toMatchObject({ databaseUrl, dataDir: undefined });
});

it.each([
  [{ PORT: '1e9' }, 'PORT'],
  [{ SERVER: 'hapi' }, 'SERVER'],
  [{ DATA_DIR: 's3://bucket' }, 'DATA_DIR'],
  [{ DATABASE_URL: 'mysql://db' }, 'DATABASE_URL'],
  [{ SECRET: 'short' }, 'SECRET'],
  [{ JWT_ALGORITHM: 'none' }, 'JWT_ALGORITHM'],
])('refuses what it cannot understand: %o', (environment, setting) => {
  expect(() => readSettings(environment)).toThrow(`${setting}: expected`);
});
