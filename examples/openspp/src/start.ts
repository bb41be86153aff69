import { randomBytes } from 'node:crypto';
import { checkSigningSecret } from '@sallyport/auth';
import { type Api, createLogger, type Logger, settleTables } from '@sallyport/core';
import { createOpenSpp, type Secrets } from './app.ts';
import { openSppHasher } from './authentication.ts';
import { type Bootstrap, type BootstrapSummary, loadBootstrap, readBootstrap } from './bootstrap/index.ts';
import type { Credentials } from './clients/index.ts';
import { type Database, keepSetting, openDatabase } from './database/index.ts';
import { isEmpty, loadDemonstration } from './demonstration/index.ts';
import { redisLimiters } from './limits.ts';
import type { Settings } from './settings.ts';

/** An open database with the API over it. */
export interface Started {
  readonly api: Api;
  readonly database: Database;
  readonly secrets: Secrets;
  close(): Promise<void>;
}

const newSecret = (): string => randomBytes(64).toString('base64url');

/** The signing secret of the environment, else the one that the database keeps (contract §3.4). */
export async function secretsOf(
  { orm, exclusively }: Pick<Database, 'orm' | 'exclusively'>,
  { jwtSecret, secretPeppers }: Pick<Settings, 'jwtSecret' | 'secretPeppers'>,
): Promise<Secrets> {
  const kept = () => orm.em.fork().transactional((em) => keepSetting(em, 'jwt_secret', newSecret));
  return { jwtSecret: jwtSecret ?? (await exclusively(kept)), peppers: secretPeppers };
}

/**
 * Tells whoever starts the program of a signing secret that must not sign (contract §3.4). It starts all the same, and calls
 * are answered as the contract says.
 */
export function tellOfWeakSecret({ jwtSecret }: Secrets, settings: Pick<Settings, 'jwtSecret'>, logger: Logger): void {
  const reason = checkSigningSecret(jwtSecret ?? '', 'HS256');
  if (reason === undefined) return;
  const [what, orElse] =
    settings.jwtSecret === undefined
      ? ['The signing secret that the database keeps', ', or delete the row jwt_secret of the table setting']
      : ['OPENSPP_JWT_SECRET', ', or unset it to have one made'];
  logger.error(
    { reason },
    `${what} cannot sign tokens: ${reason}. Every token request and every call with a token is answered 500. ` +
      `Set OPENSPP_JWT_SECRET to what "openssl rand -base64 48" says${orElse}, and start again.`,
  );
}

/** Opens the database and makes the API. Nothing is loaded and nothing listens yet. */
export async function openOpenSpp(
  settings: Settings,
  logger: Logger = createLogger({ name: 'openspp', level: settings.logLevel }),
): Promise<Started> {
  const database = await openDatabase(settings);
  let limiters: Awaited<ReturnType<typeof redisLimiters>> | undefined;
  try {
    if (settings.redisUrl !== undefined)
      limiters = await redisLimiters(settings.redisUrl, settings.redisPrefix, logger);
    const secrets = await secretsOf(database, settings);
    tellOfWeakSecret(secrets, settings, logger);
    const api = await createOpenSpp({
      orm: database.orm,
      settings,
      secrets,
      shared: settings.databaseUrl !== undefined,
      limiters,
      logger,
    });
    return {
      api,
      database,
      secrets,
      async close() {
        await api.close();
        await limiters?.close();
        await database.close();
      },
    };
  } catch (error) {
    await limiters?.close();
    await database.close();
    throw error;
  }
}

/** Loads a bootstrap file in one transaction; its records take the API's own road. @throws BootstrapError */
export async function importBootstrap(started: Started, file: string | Bootstrap): Promise<BootstrapSummary> {
  const { api, database, secrets } = started;
  const bootstrap = typeof file === 'string' ? await readBootstrap(file) : file;
  const hasher = openSppHasher(secrets.peppers);
  const summary = await database.exclusively(() =>
    api.store.unit((unit) => {
      const create = (resource: string) => (body: Readonly<Record<string, unknown>>) =>
        api.system.create(resource, body, unit);
      return loadBootstrap(unit.em, bootstrap, {
        hashSecret: (_clientId, secret) => hasher.import(secret, 'openspp'),
        createIndividual: create('individual'),
        createGroup: create('group'),
        createProgram: create('program'),
        createMembership: create('program_membership'),
      });
    }),
  );
  if (Object.values(summary).some(({ made }) => made > 0)) await settleTables(database.orm);
  return summary;
}

/** What the first start did: nothing on a database that holds something already. */
export type FirstStart =
  | { readonly kind: 'bootstrap'; readonly summary: BootstrapSummary }
  | { readonly kind: 'demonstration'; readonly people: number; readonly client: Credentials }
  | { readonly kind: 'empty' }
  | { readonly kind: 'filled' };

/** Loads the bootstrap file, else demonstration data into an empty database where the settings want it. */
export async function fill(started: Started, settings: Settings): Promise<FirstStart> {
  const { database, secrets } = started;
  if (settings.bootstrapFile !== undefined) {
    return { kind: 'bootstrap', summary: await importBootstrap(started, settings.bootstrapFile) };
  }
  return database.exclusively(() =>
    database.orm.em.fork().transactional(async (em): Promise<FirstStart> => {
      if (!(await isEmpty(em))) return { kind: 'filled' };
      if (!settings.demonstration) return { kind: 'empty' };
      const hasher = openSppHasher(secrets.peppers);
      const { people, client } = await loadDemonstration(em, {
        orm: database.orm,
        seed: settings.demonstrationSeed,
        people: settings.demonstrationPeople,
        hashSecret: (_clientId, secret) => hasher.import(secret, 'openspp'),
      });
      return { kind: 'demonstration', people, client };
    }),
  );
}
