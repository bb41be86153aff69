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
  /** Unset, one is made once and kept in the database. */
  readonly jwtSecret: string | undefined;
  readonly server: (typeof servers)[number];
  readonly shutdownTimeoutMs: number;
  readonly tokenLifetimeSeconds: number;
  readonly tokenRatePerMinute: number;
  readonly tokenRatePerDay: number;
  /** `false`, `true`, a number of proxies, or their addresses and networks. */
  readonly trustProxy: boolean | number | readonly string[];
  readonly bodyLimitBytes: number;
  readonly logLevel: (typeof logLevels)[number];
  readonly redisUrl: string | undefined;
  /** The bootstrap file to load at the start. */
  readonly bootstrapFile: string | undefined;
  /** Whether an empty database without a bootstrap file is filled with demonstration data. */
  readonly demonstration: boolean;
  /** How many made-up people, and from which seed. */
  readonly demonstrationPeople: number;
  readonly demonstrationSeed: number;
  readonly production: boolean;
}

/** The environment, or a part of it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A setting that cannot be understood. Its message names the setting and says what was expected. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
  readonly setting: string;

  constructor(setting: string, expected: string) {
    super(`${setting}: expected ${expected}`);
    this.setting = setting;
  }
}

type Read = (name: string) => string | undefined;

/** Set to nothing is the same as not set: shells and compose files cannot unset. */
const reader =
  (environment: Environment): Read =>
  (name) => {
    const value = environment[name]?.trim();
    return value === '' ? undefined : value;
  };

function integer(read: Read, name: string, fallback: number, least: number, most: number): number {
  const text = read(name);
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new SettingError(name, `a whole number from ${least} to ${most}`);
  }
  return value;
}

function oneOf<const T extends string>(read: Read, name: string, allowed: readonly T[], fallback: T): T {
  const text = read(name)?.toLowerCase();
  if (text === undefined) return fallback;
  const found = allowed.find((value) => value === text);
  if (found === undefined) throw new SettingError(name, `one of ${allowed.join(', ')}`);
  return found;
}

const truths: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  '1': true,
  false: false,
  no: false,
  off: false,
  '0': false,
};

function flag(read: Read, name: string, fallback: boolean): boolean {
  const text = read(name)?.toLowerCase();
  if (text === undefined) return fallback;
  const value = Object.hasOwn(truths, text) ? truths[text] : undefined;
  if (value === undefined) throw new SettingError(name, 'true or false');
  return value;
}

function url(read: Read, name: string, protocols: readonly string[]): string | undefined {
  const text = read(name);
  if (text === undefined) return undefined;
  const protocol = URL.canParse(text) ? new URL(text).protocol : undefined;
  // The value is not repeated: it holds a password.
  if (protocol === undefined || !protocols.includes(protocol)) {
    throw new SettingError(name, `a URL that begins with ${protocols.map((each) => `${each}//`).join(' or ')}`);
  }
  return text;
}

const network = /^(?:[0-9a-f:.]+(?:\/\d{1,3})?|loopback|linklocal|uniquelocal)$/i;

function trustProxy(read: Read): boolean | number | readonly string[] {
  const text = read('TRUST_PROXY');
  if (text === undefined) return false;
  const lower = text.toLowerCase();
  if (lower === 'true') return true;
  if (lower === 'false') return false;
  if (/^\d{1,2}$/.test(text)) return Number(text);
  const addresses = text.split(',').map((each) => each.trim());
  if (!addresses.every((address) => network.test(address))) {
    throw new SettingError('TRUST_PROXY', 'true, false, the number of proxies, or their addresses parted by commas');
  }
  return Object.freeze(addresses);
}

/**
 * Reads the settings out of the environment, once.
 *
 * @throws SettingError for a setting that cannot be understood
 */
export function readSettings(environment: Environment = process.env): Settings {
  const read = reader(environment);
  const production = read('NODE_ENV') === 'production';
  const memory = 'memory://';
  const dataDir = read('DATA_DIR') ?? '.data/openspp';
  if (dataDir.includes('://') && dataDir !== memory) throw new SettingError('DATA_DIR', `a folder, or ${memory}`);
  return Object.freeze({
    host: read('HOST') ?? 'localhost',
    port: integer(read, 'PORT', 8069, 0, 65_535),
    databaseUrl: url(read, 'DATABASE_URL', ['postgres:', 'postgresql:']),
    dataDir,
    jwtSecret: read('OPENSPP_JWT_SECRET'),
    server: oneOf(read, 'SERVER', servers, 'fastify'),
    shutdownTimeoutMs: integer(read, 'SHUTDOWN_TIMEOUT_MS', 10_000, 0, 3_600_000),
    tokenLifetimeSeconds: integer(read, 'TOKEN_LIFETIME_SECONDS', 86_400, 1, 31_536_000),
    tokenRatePerMinute: integer(read, 'TOKEN_RATE_PER_MINUTE', 5, 1, 1_000_000),
    tokenRatePerDay: integer(read, 'TOKEN_RATE_PER_DAY', 50, 1, 100_000_000),
    trustProxy: trustProxy(read),
    bodyLimitBytes: integer(read, 'BODY_LIMIT_BYTES', 16 * 1024 * 1024, 1024, 1024 ** 3),
    logLevel: oneOf(read, 'LOG_LEVEL', logLevels, 'info'),
    redisUrl: url(read, 'REDIS_URL', ['redis:', 'rediss:']),
    bootstrapFile: read('OPENSPP_BOOTSTRAP'),
    demonstration: flag(read, 'DEMO_DATA', !production),
    demonstrationPeople: integer(read, 'DEMO_PEOPLE', 320, 1, 100_000),
    demonstrationSeed: integer(read, 'DEMO_SEED', 1, 0, 4_294_967_295),
    production,
  });
}
