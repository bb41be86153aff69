import { type Framework, frameworks } from '@sallyport/adapters/serve-on';
import type { HmacAlgorithm } from '@sallyport/auth';
import { type Environment, readEnvironment, SettingError } from '@sallyport/core';

/** Where the program listens, and where its data lie. */
export interface Settings {
  readonly host: string;
  readonly port: number;
  readonly server: Framework;
  /** A PostgreSQL server; unset, the embedded one. */
  readonly databaseUrl: string | undefined;
  /** The folder of the embedded database; `undefined` is memory. */
  readonly dataDir: string | undefined;
  /** What ids, secrets and tokens are keyed with; unset, one is made once and kept in the database. */
  readonly secret: string | undefined;
  readonly jwtAlgorithm: HmacAlgorithm;
}

const memory = 'memory://';

/** @throws SettingError for a setting that cannot be understood */
export function readSettings(environment?: Environment): Settings {
  const read = readEnvironment(environment);
  const dataDir = read.text('DATA_DIR') ?? '.data/partners';
  if (dataDir.includes('://') && dataDir !== memory) throw new SettingError('DATA_DIR', `a folder, or ${memory}`);
  const databaseUrl = read.url('DATABASE_URL', ['postgres:', 'postgresql:']);
  const secret = read.text('SECRET');
  if (secret !== undefined && secret.length < 32) throw new SettingError('SECRET', '32 characters or more');
  return {
    host: read.text('HOST') ?? '127.0.0.1',
    port: read.integer('PORT', 8070, { least: 0, most: 65_535 }),
    server: read.oneOf('SERVER', frameworks, 'fastify'),
    databaseUrl,
    dataDir: databaseUrl !== undefined || dataDir === memory ? undefined : dataDir,
    secret,
    jwtAlgorithm: read.oneOf('JWT_ALGORITHM', ['HS256', 'HS384', 'HS512'], 'HS256'),
  };
}
