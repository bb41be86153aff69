import { randomBytes } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/core';
import {
  createAccountAdmin,
  createClientAdmin,
  createClientStore,
  createSecretHasher,
  type IssuedCredentials,
  type SecretHasher,
} from '@sallyport/auth';
import { migrate, openDatabase } from '@sallyport/core';
import { entities, Setting } from '../entities/index.ts';
import { migrations } from '../migrations/index.ts';
import { passwordsOf } from '../people.ts';
import { type Secrets, secretsOf } from '../secrets.ts';
import type { Settings } from '../settings.ts';
import { seed } from './seed.ts';

/** An open, migrated and filled database. */
export interface Database {
  readonly orm: MikroORM;
  readonly secrets: Secrets;
  /** The demonstration client's, on the first start only: the secret is kept nowhere. */
  readonly credentials: IssuedCredentials | undefined;
  /** The demonstration person's, likewise. */
  readonly person: { readonly login: string; readonly password: string } | undefined;
}

/**
 * Opens the database of the settings; an empty one gets its tables, and the demonstration data with a client unless
 * `demonstration` is false.
 */
export async function open(
  settings: Pick<Settings, 'databaseUrl' | 'dataDir' | 'secret'>,
  options: { readonly demonstration?: boolean } = {},
): Promise<Database> {
  const orm = await openDatabase({ url: settings.databaseUrl, dataDir: settings.dataDir, entities, migrations });
  return prepare(orm, settings.secret, options).catch(async (error: unknown) => {
    await orm.close(true);
    throw error;
  });
}

/** Brings an open database up to date. */
export async function prepare(
  orm: MikroORM,
  secret?: string,
  { demonstration = true }: { readonly demonstration?: boolean } = {},
): Promise<Database> {
  let root = secret;
  let credentials: IssuedCredentials | undefined;
  let person: Database['person'];
  // Under the lock of the migrations: of several processes that start at once, one fills.
  await migrate(orm, async () => {
    root ??= await keptSecret(orm);
    if (!demonstration || !(await seed(orm))) return;
    const secrets = secretsOf(root);
    credentials = await demonstrationClients(orm, hasherOf(secrets));
    person = await demonstrationPerson(orm, secrets);
  });
  return { orm, secrets: secretsOf(root ?? ''), credentials, person };
}

export function hasherOf({ pepper }: Secrets): SecretHasher {
  return createSecretHasher({ peppers: { current: 'p1', keys: { p1: pepper } } });
}

async function keptSecret(orm: MikroORM): Promise<string> {
  const em = orm.em.fork();
  const kept = await em.findOne(Setting, 'secret');
  if (kept !== null) return kept.value;
  const made = em.create(Setting, { key: 'secret', value: randomBytes(48).toString('base64url') });
  await em.flush();
  return made.value;
}

/** A client of each company, and the account that callers without credentials run as; answers the first. */
async function demonstrationClients(orm: MikroORM, hasher: SecretHasher): Promise<IssuedCredentials> {
  const admin = createClientAdmin(orm, createClientStore(orm), hasher);
  await admin.create({
    clientId: guest,
    name: 'Callers without credentials',
    scopes: ['country:read', 'country:search'],
  });
  return admin.create({
    clientId: 'demonstration',
    name: 'Demonstration',
    scopes: ['create', 'read', 'update', 'delete', 'search', 'rpc'],
    tokenLifetimeSeconds: 1800,
    attributes: { company: 'Acme' },
  });
}

/** A person who may do everything in one company. */
async function demonstrationPerson(orm: MikroORM, secrets: Secrets): Promise<Database['person']> {
  const admin = createAccountAdmin(orm, { passwords: passwordsOf(secrets) });
  const password = randomBytes(12).toString('base64url');
  const { login } = await admin.create({
    login: 'demonstration@example.org',
    password,
    scopes: ['create', 'read', 'update', 'delete', 'search', 'rpc'],
    attributes: { company: 'Acme' },
  });
  return { login, password };
}

/** The account that callers without credentials run as. */
export const guest = 'guest';
