import type { ClientDetails, IssuedCredentials, ShownSecret } from '../administration/client-administration.ts';
import type { ClientFeature } from '../administration/client-directory.ts';

/** What a command prints: lines for people, or a value for programs. */
export interface Told {
  readonly lines: readonly string[];
  readonly json: unknown;
}

/** A line as it is printed: what somebody else has chosen cannot steer the terminal. Tabs part columns. */
export function printable(line: string): string {
  return line.replace(/(?!\t)[\p{C}\p{Zl}\p{Zp}]/gu, '?');
}

/** `active`, `disabled` or `expired`. */
export function stateOf({ active, expiresAt }: ClientDetails, now: Date): string {
  if (!active) return 'disabled';
  return expiresAt !== undefined && expiresAt <= now ? 'expired' : 'active';
}

/** The columns of a list where a program has none of its own. */
export function usualColumns(client: ClientDetails, now: Date): readonly string[] {
  const { clientId, name, lastUsedAt, requestCount, scopes } = client;
  return [clientId, name, stateOf(client, now), timeOf(lastUsedAt), String(requestCount), scopes.join(' ')];
}

/** A line for each client, its columns parted by tabs. */
export function listed(rows: readonly (readonly string[])[]): readonly string[] {
  return rows.map((row) => row.map((column) => column.replaceAll('\t', ' ')).join('\t'));
}

/**
 * A client in lines, a fact each. Facts that it does not have are left out; what it may do is told in any case, where clients
 * have it here.
 *
 * @param knowsFields whether the fields of the API are known, so that lists of others are marked
 */
export function described(
  client: ClientDetails,
  now: Date,
  has: (feature: ClientFeature) => boolean,
  knowsFields = false,
): readonly string[] {
  const { keys, attributes, tokenLifetimeSeconds } = client;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['client_id', client.clientId],
    ['name', client.name],
    ['state', stateOf(client, now)],
    ['expires', client.expiresAt?.toISOString()],
    ['scopes', client.scopes.join(' ')],
    ['token lifetime', tokenLifetimeSeconds === undefined ? undefined : `${tokenLifetimeSeconds} s`],
    ...(has('fieldLists') ? fieldFacts(client, knowsFields) : []),
    ...(has('apis') ? apiFacts(client) : []),
    ...(has('limits') ? limitFacts(client) : []),
    ...(keys?.keys ?? []).map((key) => ['key', [key.kid, key.kty, key.alg].filter(Boolean).join(' ')] as const),
    ...client.secrets.map((secret) => ['secret', secretLine(secret, now)] as const),
    ...Object.entries(attributes).map(([name, value]) => [name, textOf(value)] as const),
    ['created', client.createdAt?.toISOString()],
    ['last used', timeOf(client.lastUsedAt)],
    ['requests', String(client.requestCount)],
  ];
  const told = facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  const width = Math.max(...told.map(([name]) => name.length)) + 2;
  return told.map(([name, value]) => `${name.padEnd(width)}${value}`);
}

/** New credentials; what there is besides the secret stands in `show`. */
export function issued({ clientId, secret }: Partial<IssuedCredentials>): Told {
  const facts = { client_id: clientId, client_secret: secret };
  const lines = Object.entries(facts).flatMap(([name, value]) => (value === undefined ? [] : [line(name, value)]));
  return { lines, json: facts };
}

const line = (name: string, value: string): string => `${name.padEnd('client_secret'.length)}  ${value}`;

type Fact = readonly [name: string, value: string];

function fieldFacts({ fieldLists = {}, unknownFields = {} }: ClientDetails, known: boolean): readonly Fact[] {
  const lists = Object.entries(fieldLists);
  if (lists.length === 0) return [['fields', 'all']];
  const facts = lists.map(([scope, names]): Fact => {
    const strange = unknownFields[scope];
    const warning = strange === undefined ? '' : ` (there is no ${strange.join(', ')})`;
    return ['fields', `${scope}: ${names.length === 0 ? 'none' : names.join(' ')}${warning}`];
  });
  return known ? facts : [...facts, ['', 'whether the API has these fields is not known here']];
}

function apiFacts({ apis }: ClientDetails): readonly Fact[] {
  if (apis === undefined) return [['apis', 'every one that knows it']];
  const entries = Object.entries(apis);
  if (entries.length === 0) return [['apis', 'none']];
  return entries.map(([audience, api]) => ['api', apiLine(audience, api)]);
}

function limitFacts({ limits = {} }: ClientDetails): readonly Fact[] {
  const told = (limit: number | undefined) => limit?.toString() ?? 'as the API says';
  return [
    ['per minute', told(limits.perMinute)],
    ['per day', told(limits.perDay)],
  ];
}

function apiLine(
  audience: string,
  { scopes, tokenLifetimeSeconds }: NonNullable<ClientDetails['apis']>[string],
): string {
  const lifetime = tokenLifetimeSeconds === undefined ? '' : `, tokens of ${tokenLifetimeSeconds} s`;
  return `${audience}${scopes === undefined ? '' : `: ${scopes.join(' ')}`}${lifetime}`;
}

function secretLine({ id, scheme, pepper, expiresAt, lastUsedAt }: ShownSecret, now: Date): string {
  const form = scheme ?? 'unreadable';
  const parts = [id, pepper === undefined ? form : `${form}, pepper ${pepper}`, `last used ${timeOf(lastUsedAt)}`];
  if (expiresAt !== undefined) parts.push(`${expiresAt <= now ? 'ended' : 'ends'} ${expiresAt.toISOString()}`);
  return parts.join('; ');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function timeOf(time: Date | undefined): string {
  return time?.toISOString() ?? 'never';
}
