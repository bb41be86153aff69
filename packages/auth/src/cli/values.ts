import { type FieldLists, SallyportError } from '@sallyport/core';
import type { ClientApi, ClientLimits } from '../clients/client.ts';

/** A word of the command line that cannot be understood. */
export function mistake(detail: string): SallyportError {
  return new SallyportError('invalid_parameter', { detail });
}

/** A whole number from 1 on. @throws SallyportError `invalid_parameter`, as all of these do */
export function readCount(option: string, text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw mistake(`${option}: expected a whole number from 1 on`);
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** A length of time in seconds, with its unit: `90s`, `30m`, `24h`, `7d`. A number alone could be meant as any of them. */
export function readDuration(option: string, text: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const seconds = unitSeconds[unit];
  if (seconds !== undefined) return Number(digits) * seconds;
  throw mistake(`${option}: expected a length of time with its unit (s, m, h or d), such as 90s, 30m, 24h or 7d`);
}

/** A time: a day in UTC, or ISO 8601 with its offset. `never` is `undefined`. */
export function readTime(option: string, text: string): Date | undefined {
  if (text === 'never') return undefined;
  const shape = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;
  const time = new Date(text);
  if (shape.test(text) && !Number.isNaN(time.getTime())) return time;
  throw mistake(`${option}: expected a day, a time such as 2027-01-31T12:00Z, or never`);
}

/** `shop` is an API with the client's own scopes, `shop=a:read,b:read` one with these. */
export function readApis(texts: readonly string[]): Readonly<Record<string, ClientApi>> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.lastIndexOf('=');
      if (at < 0) return [text, {}];
      return [
        text.slice(0, at),
        {
          scopes: text
            .slice(at + 1)
            .split(',')
            .filter((scope) => scope !== ''),
        },
      ];
    }),
  );
}

/** `partner:read=name,email` limits a scope to fields; `undefined` when there is none. */
export function readFieldLists(texts: readonly string[]): FieldLists | undefined {
  if (texts.length === 0) return undefined;
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.lastIndexOf('=');
      if (at < 1) throw mistake('lists: expected scope=field,field');
      const names = text.slice(at + 1).split(',');
      return [text.slice(0, at), names.filter((name) => name !== '')];
    }),
  );
}

/** `name=value`, each a text. */
export function readAttributes(texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw mistake('--attribute: expected name=value');
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

/** Limits as options name them; `undefined` when none is named. */
export function readLimits(given: {
  readonly perMinute?: string | undefined;
  readonly perDay?: string | undefined;
}): ClientLimits | undefined {
  const { perMinute, perDay } = given;
  if (perMinute === undefined && perDay === undefined) return undefined;
  return {
    ...(perMinute === undefined ? {} : { perMinute: readCount('--per-minute', perMinute) }),
    ...(perDay === undefined ? {} : { perDay: readCount('--per-day', perDay) }),
  };
}
