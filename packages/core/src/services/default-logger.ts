import { pino } from 'pino';
import type { Logger } from './logger.ts';

/** Keys that never reach a log, at any depth that the core logs. */
const secret = [
  'authorization',
  'cookie',
  'client_secret',
  'clientSecret',
  'client_assertion',
  'token',
  'access_token',
  'refresh_token',
  'password',
  'pin',
  'secret',
];

/** Structured logs by pino, on standard error, secrets redacted. */
export function createLogger(options: { readonly level?: string; readonly name?: string } = {}): Logger {
  return pino(
    {
      name: options.name ?? 'sallyport',
      level: options.level ?? 'info',
      redact: { paths: secret.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '[redacted]' },
    },
    pino.destination({ fd: 2, sync: false }),
  );
}

/** Says nothing. */
export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLogger,
};
