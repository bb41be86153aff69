import { ConfigurationError, type Services } from '@sallyport/core';
import { requireScopes } from '../../clients/held-scopes.ts';
import { givenTexts } from '../../lib/given.ts';
import { refusedFor } from '../bearer-fault.ts';
import { type CallerAnswer, guardedCaller, isScope } from '../caller-guard.ts';
import type { Caller } from '../verified-caller.ts';

/** What another server says of a token: claims of a JWT, or the members of an introspection. No prototype behind it. */
export type ForeignClaims = Readonly<Record<string, unknown>>;

/** Whom a user's function makes of claims; its scopes are names of the other server, as in `scopes`. */
export type ForeignCaller = CallerAnswer;

/** What tokens of another server may do here, and who stands behind them. */
export interface ForeignCallerOptions {
  /**
   * What the other server may hand out: names that mean the same on both sides, or its names with ours. Nothing else
   * that a token says becomes a scope, so that nobody there grants a right of ours by accident.
   */
  readonly scopes: readonly string[] | Readonly<Record<string, string | readonly string[]>>;
  /**
   * Where the other server's names stand: names of claims, and paths into them (`['realm_access', 'roles']`). Texts are
   * split at spaces. Default `scope`, `scp` and `roles`.
   */
  readonly scopeClaims?: readonly (string | readonly string[])[];
  /**
   * Whom a token stands for; `undefined` refuses it. By default its client, when the token says that it was granted to
   * the client itself, and else the user of its `sub`; `attributes.issuer` is its `iss`.
   */
  readonly principal?: (claims: ForeignClaims) => ForeignCaller | undefined;
  /**
   * Stands before every id. Ids of another server may be those of clients of ours: where tokens of several servers are
   * accepted it must be said, and may then be empty.
   */
  readonly idPrefix?: string;
}

/** Makes callers of claims. */
export interface ForeignCallers {
  readonly idsApart: boolean;
  /** @throws BearerFault `token_client_missing` when nobody stands behind the token, `token_invalid` for claims that are malformed */
  callerOf(claims: ForeignClaims): Caller;
}

/** @throws ConfigurationError that names `place` */
export function foreignCallers(place: string, options: ForeignCallerOptions, services: Services): ForeignCallers {
  const ours = scopeTable(`${place}.scopes`, options.scopes);
  requireScopes(services, `${place}.scopes`, [...ours.values()].flat());
  const paths = scopePaths(`${place}.scopeClaims`, options.scopeClaims ?? ['scope', 'scp', 'roles']);
  const { idPrefix = '', principal = defaultCaller } = options;
  if (!/^[\x21-\x7e]{0,64}$/.test(idPrefix)) {
    throw new ConfigurationError(`${place}.idPrefix`, 'has at most 64 visible characters');
  }
  return {
    idsApart: options.idPrefix !== undefined,
    callerOf(claims) {
      const answer = principal(claims);
      if (answer === undefined) throw refusedFor('caller');
      const { kind, id, scopes, attributes } = answer;
      const theirs: readonly string[] = scopes === undefined ? scopesIn(claims, paths) : [...scopes];
      try {
        return guardedCaller({
          kind,
          id: typeof id === 'string' && id !== '' ? idPrefix + id : undefined,
          scopes: theirs.flatMap((name) => ours.get(name) ?? []),
          attributes: attributes ?? { issuer: claims.iss },
        });
      } catch (cause) {
        throw refusedFor('claims', cause);
      }
    },
  };
}

type ScopeTable = ReadonlyMap<string, readonly string[]>;

function scopeTable(place: string, scopes: ForeignCallerOptions['scopes']): ScopeTable {
  // Whoever writes JavaScript may leave it out, and means "all" then.
  if (typeof scopes !== 'object' || scopes === null) {
    throw new ConfigurationError(place, 'must name the scopes that the other server may hand out');
  }
  const pairs: readonly (readonly [string, unknown])[] = Array.isArray(scopes)
    ? scopes.map((scope) => [String(scope), [scope]])
    : Object.entries(scopes);
  return new Map(
    pairs.map(([theirs, own]) => {
      const list: unknown[] = [own].flat();
      if (theirs === '' || list.length === 0 || !list.every(isScope)) {
        throw new ConfigurationError(`${place}.${theirs}`, 'is not well formed');
      }
      return [theirs, list];
    }),
  );
}

function scopePaths(place: string, claims: readonly (string | readonly string[])[]): readonly (readonly string[])[] {
  // Whoever writes JavaScript may name one alone.
  if (!Array.isArray(claims)) throw new ConfigurationError(place, 'must be a list of claims and paths');
  return claims.map((path: unknown, index) => givenTexts(`${place}[${index}]`, [path].flat()));
}

/** The names at all places; what is neither text nor a list of texts is a token that is not understood (R42). */
function scopesIn(claims: ForeignClaims, paths: readonly (readonly string[])[]): readonly string[] {
  return paths.flatMap((path) => {
    const value = path.reduce<unknown>(member, claims);
    if (value === undefined) return [];
    const names: unknown = typeof value === 'string' ? value.split(' ') : value;
    if (Array.isArray(names) && names.every((name): name is string => typeof name === 'string')) return names;
    throw refusedFor('claims');
  });
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as ForeignClaims)[name];
}

/** How Auth0 (`gty`) and Entra (`idtyp`) say that a token was granted to the client itself. */
const clientGrants: readonly unknown[] = ['client-credentials', 'client_credentials'];

/** RFC 9068 section 2.2: `sub` is the client where no user is involved. */
function defaultCaller(claims: ForeignClaims): ForeignCaller | undefined {
  const { sub, client_id: clientId, azp, appid, gty, idtyp, iss } = claims;
  const attributes = { issuer: iss };
  const client = [clientId, azp, appid].find((id) => id !== undefined);
  const own = client !== undefined && (client === sub || clientGrants.includes(gty) || idtyp === 'app');
  const id = own ? client : sub;
  if (id === undefined) return undefined;
  // Judged like every answer, right behind this.
  return { kind: own ? 'client' : 'user', id: id as string, attributes };
}
