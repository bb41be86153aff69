import { ConfigurationError, type FieldLists, SallyportError } from '@sallyport/core';
import { checkKeySet } from '../assertions/registered-keys.ts';
import type { ClientApi, ClientKeySet, ClientLimits } from '../clients/client.ts';
import { isClientId } from '../lib/text.ts';

/** A refusal with a sentence for the operator. It never repeats what was given. */
export function refused(detail: string): SallyportError {
  return new SallyportError('rule_broken', { detail });
}

/** @throws SallyportError `rule_broken`, as all of these do */
export function checkClientId(clientId: string): string {
  // RFC 7617 section 2: an id with a colon cannot be sent by Basic.
  if (isClientId(clientId) && !clientId.includes(':')) return clientId;
  throw refused('The client id is not well formed.');
}

/** A name is shown in terminals and pages: one line, without anything that steers them. */
export function checkName(name: string): string {
  const text = name.trim();
  if (text !== '' && text.length <= 200 && !/\p{C}|\p{Zl}|\p{Zp}/u.test(text)) return text;
  throw refused('A name has 1 to 200 characters on one line.');
}

/** `scope-token` of RFC 6749 section 3.3, each once. */
export function checkScopes(scopes: readonly string[]): readonly string[] {
  const sound = (scope: string): boolean => scope.length <= 128 && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope);
  if (!scopes.every(sound)) throw refused('A scope is not well formed.');
  if (scopes.length > mostScopes) throw refused(`A client has at most ${mostScopes} scopes.`);
  return [...new Set(scopes)];
}

const mostScopes = 500;
const mostApis = 100;
const mostFields = 500;
const mostInteger = 2 ** 31 - 1;

export function checkTokenLifetime(seconds: number): number {
  if (isCount(seconds)) return seconds;
  throw refused('A lifetime of tokens is a whole number of seconds, from 1 on.');
}

/** Keeps the members that there are, and nothing else of what was given. */
export function checkApis(apis: Readonly<Record<string, ClientApi>>): Readonly<Record<string, ClientApi>> {
  const entries = Object.entries(apis);
  if (entries.length > mostApis) throw refused(`A client has at most ${mostApis} APIs.`);
  return Object.fromEntries(
    entries.map(([audience, { scopes, tokenLifetimeSeconds }]) => {
      if (!/^[\x21-\x7e]{1,200}$/.test(audience)) throw refused('The name of an API is not well formed.');
      return [
        audience,
        {
          ...(scopes === undefined ? {} : { scopes: checkScopes(scopes) }),
          ...(tokenLifetimeSeconds === undefined
            ? {}
            : { tokenLifetimeSeconds: checkTokenLifetime(tokenLifetimeSeconds) }),
        },
      ];
    }),
  );
}

/** Keeps the members that there are, and nothing else of what was given. */
export function checkLimits({ perMinute, perDay }: ClientLimits): ClientLimits {
  for (const limit of [perMinute, perDay]) {
    if (limit !== undefined && !isCount(limit)) throw refused('A limit is a whole number, from 1 on.');
  }
  return { ...(perMinute === undefined ? {} : { perMinute }), ...(perDay === undefined ? {} : { perDay }) };
}

/** Names of members are those of JSON; scopes are those of the client, now or later. */
export function checkFieldLists(lists: FieldLists): FieldLists {
  const entries = Object.entries(lists);
  checkScopes(entries.map(([scope]) => scope));
  const sound = (name: string): boolean => name !== '' && name.length <= 128 && !/\p{C}/u.test(name);
  if (!entries.every(([, names]) => names.length <= mostFields && names.every(sound))) {
    throw refused(`A list has at most ${mostFields} names of fields.`);
  }
  return Object.fromEntries(entries.map(([scope, names]) => [scope, [...new Set(names)]]));
}

export function checkDate(date: Date): Date {
  const year = date.getUTCFullYear();
  if (year >= 1970 && year <= 9999) return date;
  throw refused('The time is not one.');
}

/** Its public members. */
export function checkKeys(jwks: ClientKeySet): ClientKeySet {
  try {
    return checkKeySet(jwks, 'jwks');
  } catch (error) {
    // It names the place of the fault, and never a key.
    if (error instanceof ConfigurationError) throw refused(error.message);
    throw error;
  }
}

/** They are JSON, and read with every token. */
export function checkAttributes(attributes: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (JSON.stringify(attributes).length <= 16_384) return attributes;
  throw refused('The attributes are too large.');
}

/** At most a year: an old secret that nobody ends is forgotten. */
const mostOverlap = 366 * 86_400;

export function checkOverlap(seconds: number): number {
  if (seconds >= 0 && seconds <= mostOverlap) return seconds;
  throw refused('An overlap is 0 seconds to 366 days long.');
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= mostInteger;
}
