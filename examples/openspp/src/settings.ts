import {
  createProxyTrust,
  type Environment,
  readEnvironment,
  SettingError,
  type SettingsReader,
} from '@sallyport/core';
import { openSppHasher } from './authentication.ts';

/** The web frameworks that can carry the API. */
export const servers = ['fastify', 'express', 'koa'] as const;
export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** Where the program listens, where its data lie, and what it allows. Read once, at the start. */
export interface Settings {
  readonly host: string;
  readonly port: number;
  /** A PostgreSQL server; unset, the embedded one. */
  readonly databaseUrl: string | undefined;
  /** The folder of the embedded database, or `memory://`. */
  readonly dataDir: string;
  /** Signs tokens. Unset, one is made once and kept in the database. */
  readonly jwtSecret: string | undefined;
  /** What client secrets are peppered with, the newest first; none, they are not. Kept nowhere in the database. */
  readonly secretPeppers: readonly string[];
  readonly server: (typeof servers)[number];
  readonly shutdownTimeoutMs: number;
  readonly tokenLifetimeSeconds: number;
  readonly tokenRatePerMinute: number;
  readonly tokenRatePerDay: number;
  /** Whether calls of clients are limited by the columns of each (contract §3.6). */
  readonly callLimits: boolean;
  /** Whether memberships of programs change their state by the stricter rules only (contract §22.7). */
  readonly strictMembershipStates: boolean;
  /** Addresses and networks (CIDR) of the proxies that are believed. */
  readonly trustProxy: readonly string[];
  readonly bodyLimitBytes: number;
  readonly logLevel: (typeof logLevels)[number];
  readonly redisUrl: string | undefined;
  /** What all keys in Redis begin with. */
  readonly redisPrefix: string;
  /** How the API is reached from outside: scheme and host, for addresses in receipts. Unset, as the caller has reached it. */
  readonly publicUrl: string | undefined;
  /** Who answers for the data, and where they can be asked: printed on consent receipts (contract §21). */
  readonly dataControllerName: string;
  readonly dataControllerContact: string;
  /** The bootstrap file to load at the start. */
  readonly bootstrapFile: string | undefined;
  /** Whether an empty database without a bootstrap file is filled with demonstration data. */
  readonly demonstration: boolean;
  /** How many made-up people, and from which seed. */
  readonly demonstrationPeople: number;
  readonly demonstrationSeed: number;
  readonly production: boolean;
}

/** Only named proxies are believed: "all of them" and a count would believe whoever reaches the port. */
function trustProxy(settings: SettingsReader): readonly string[] {
  const text = settings.text('TRUST_PROXY');
  if (text === undefined || text.toLowerCase() === 'false') return [];
  const addresses = text.split(',').map((each) => each.trim());
  try {
    createProxyTrust(addresses);
  } catch {
    throw new SettingError('TRUST_PROXY', 'the addresses or networks (CIDR) of the proxies, parted by commas');
  }
  return Object.freeze(addresses);
}

/** Without blanks and what patterns of keys are made of. */
function redisPrefix(settings: SettingsReader): string {
  const prefix = settings.text('REDIS_PREFIX') ?? 'openspp:';
  if (/^[A-Za-z0-9:._/{}-]{1,100}$/.test(prefix)) return prefix;
  throw new SettingError('REDIS_PREFIX', 'letters, digits and : . _ / - { }, 100 at most, such as registry:');
}

/** The pepper of new hashes, and behind it those of older ones. */
function secretPeppers(settings: SettingsReader): readonly string[] {
  const name = 'OPENSPP_SECRET_PEPPER';
  const text = settings.text(name);
  if (text === undefined) return [];
  const peppers = text.split(',').map((each) => each.trim());
  try {
    openSppHasher(peppers);
  } catch {
    throw new SettingError(name, '32 random characters or more; earlier ones may follow, parted by commas');
  }
  return Object.freeze(peppers);
}

/**
 * Reads the settings out of the environment, once.
 *
 * @throws SettingError for a setting that cannot be understood
 */
export function readSettings(environment: Environment = process.env): Settings {
  const given = readEnvironment(environment);
  const production = given.text('NODE_ENV') === 'production';
  const memory = 'memory://';
  const dataDir = given.text('DATA_DIR') ?? '.data/openspp';
  if (dataDir.includes('://') && dataDir !== memory) throw new SettingError('DATA_DIR', `a folder, or ${memory}`);
  return Object.freeze({
    host: given.text('HOST') ?? 'localhost',
    port: given.integer('PORT', 8069, { least: 0, most: 65_535 }),
    databaseUrl: given.url('DATABASE_URL', ['postgres:', 'postgresql:']),
    dataDir,
    jwtSecret: given.text('OPENSPP_JWT_SECRET'),
    secretPeppers: secretPeppers(given),
    server: given.oneOf('SERVER', servers, 'fastify'),
    shutdownTimeoutMs: given.integer('SHUTDOWN_TIMEOUT_MS', 10_000, { least: 0, most: 3_600_000 }),
    tokenLifetimeSeconds: given.integer('TOKEN_LIFETIME_SECONDS', 86_400, { least: 1, most: 31_536_000 }),
    tokenRatePerMinute: given.integer('TOKEN_RATE_PER_MINUTE', 5, { least: 1, most: 1_000_000 }),
    tokenRatePerDay: given.integer('TOKEN_RATE_PER_DAY', 50, { least: 1, most: 100_000_000 }),
    callLimits: given.flag('CALL_LIMITS', true),
    strictMembershipStates: given.flag('STRICT_MEMBERSHIP_STATES', false),
    trustProxy: trustProxy(given),
    bodyLimitBytes: given.integer('BODY_LIMIT_BYTES', 16 * 1024 * 1024, { least: 1024, most: 1024 ** 3 }),
    logLevel: given.oneOf('LOG_LEVEL', logLevels, 'info'),
    redisUrl: given.url('REDIS_URL', ['redis:', 'rediss:']),
    redisPrefix: redisPrefix(given),
    publicUrl: given.url('PUBLIC_URL', ['http:', 'https:'])?.replace(/\/+$/, ''),
    dataControllerName: given.text('DATA_CONTROLLER_NAME') ?? 'OpenSPP',
    dataControllerContact: given.text('DATA_CONTROLLER_CONTACT') ?? '',
    bootstrapFile: given.text('OPENSPP_BOOTSTRAP'),
    demonstration: given.flag('DEMO_DATA', !production),
    demonstrationPeople: given.integer('DEMO_PEOPLE', 320, { least: 1, most: 100_000 }),
    demonstrationSeed: given.integer('DEMO_SEED', 1, { least: 0, most: 4_294_967_295 }),
    production,
  });
}
