import { SettingError } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { readSettings } from './settings.ts';

describe('readSettings', () => {
  it('needs nothing', () => {
    const settings = readSettings({});
    expect(settings).toMatchObject({
      port: 8069,
      databaseUrl: undefined,
      dataDir: '.data/openspp',
      jwtSecret: undefined,
      secretPeppers: [],
      server: 'fastify',
      shutdownTimeoutMs: 10_000,
      tokenLifetimeSeconds: 86_400,
      tokenRatePerMinute: 5,
      tokenRatePerDay: 50,
      strictMembershipStates: false,
      trustProxy: [],
      publicUrl: undefined,
      dataControllerName: 'OpenSPP',
      dataControllerContact: '',
      logLevel: 'info',
      demonstration: true,
      production: false,
    });
    expect(Object.isFrozen(settings)).toBe(true);
  });

  it('takes an empty setting for none', () => {
    expect(readSettings({ PORT: '', DATABASE_URL: ' ', OPENSPP_BOOTSTRAP: '' })).toEqual(readSettings({}));
  });

  it('reads what is set', () => {
    const settings = readSettings({
      HOST: '0.0.0.0',
      PORT: '0',
      DATABASE_URL: 'postgres://spp:pw@db:5432/spp',
      DATA_DIR: 'memory://',
      SERVER: 'Koa',
      TRUST_PROXY: '10.0.0.0/8, ::1',
      REDIS_URL: 'redis://cache',
      NODE_ENV: 'production',
      LOG_LEVEL: 'warn',
      PUBLIC_URL: 'https://registry.example/',
      DATA_CONTROLLER_CONTACT: 'privacy@registry.example',
    });
    expect(settings).toMatchObject({
      publicUrl: 'https://registry.example',
      dataControllerContact: 'privacy@registry.example',
      host: '0.0.0.0',
      port: 0,
      databaseUrl: 'postgres://spp:pw@db:5432/spp',
      server: 'koa',
      trustProxy: ['10.0.0.0/8', '::1'],
      logLevel: 'warn',
      production: true,
      demonstration: false,
    });
    expect(readSettings({ NODE_ENV: 'production', DEMO_DATA: 'yes' }).demonstration).toBe(true);
  });

  it.each([
    ['TRUST_PROXY', 'true', /^TRUST_PROXY: /],
    ['TRUST_PROXY', '2', /^TRUST_PROXY: /],
    ['TRUST_PROXY', '10.0.0.0/99', /^TRUST_PROXY: /],
    ['PORT', '80a', /^PORT: expected a whole number from 0 to 65535$/],
    ['PORT', '70000', /^PORT: /],
    ['PORT', '-1', /^PORT: /],
    ['PORT', '1e3', /^PORT: /],
    ['SERVER', 'hapi', /^SERVER: expected one of fastify, express, koa$/],
    ['DATABASE_URL', 'mysql://root:hunter2@db', /^DATABASE_URL: expected a URL that begins with postgres:\/\//],
    ['DATABASE_URL', 'localhost', /^DATABASE_URL: /],
    ['REDIS_URL', 'http://cache', /^REDIS_URL: /],
    ['REDIS_PREFIX', 'a b:', /^REDIS_PREFIX: /],
    ['REDIS_PREFIX', '*', /^REDIS_PREFIX: /],
    ['DATA_DIR', 'idb://x', /^DATA_DIR: /],
    ['SHUTDOWN_TIMEOUT_MS', '10s', /^SHUTDOWN_TIMEOUT_MS: /],
    ['TOKEN_LIFETIME_SECONDS', '0', /^TOKEN_LIFETIME_SECONDS: /],
    ['TOKEN_RATE_PER_MINUTE', 'many', /^TOKEN_RATE_PER_MINUTE: /],
    ['TOKEN_RATE_PER_DAY', '', undefined],
    ['TRUST_PROXY', 'proxy.local', /^TRUST_PROXY: /],
    ['BODY_LIMIT_BYTES', '1MB', /^BODY_LIMIT_BYTES: /],
    ['OPENSPP_SECRET_PEPPER', 'hunter2', /^OPENSPP_SECRET_PEPPER: expected 32 random characters or more/],
    ['OPENSPP_SECRET_PEPPER', 'a'.repeat(64), /^OPENSPP_SECRET_PEPPER: /],
    ['OPENSPP_SECRET_PEPPER', 'K7d1mQxw0R5zTn9vUe3bYc8pHsLg2aJf,', /^OPENSPP_SECRET_PEPPER: /],
    ['LOG_LEVEL', 'loud', /^LOG_LEVEL: /],
    ['DEMO_DATA', 'perhaps', /^DEMO_DATA: /],
    ['DEMO_PEOPLE', '0', /^DEMO_PEOPLE: /],
  ])('tells what is wrong with %s=%s', (name, value, message) => {
    const read = () => readSettings({ [name]: value });
    if (message === undefined) return expect(read).not.toThrow();
    expect(read).toThrow(SettingError);
    expect(read).toThrow(message);
    expect(read).not.toThrow(/hunter2/);
  });
});
