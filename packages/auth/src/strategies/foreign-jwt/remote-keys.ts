import { type Logger, loggable, SallyportError } from '@sallyport/core';
import { type ForeignAlgorithm, type RemoteKey, readRemoteKey } from './remote-key.ts';

/** The keys of another server, as far as they are known. */
export interface RemoteKeys {
  /**
   * The key of exactly this id (R39); answers at once while the set is fresh. `undefined`: the server has none.
   *
   * @throws SallyportError `unavailable` when the server could not be asked
   */
  find(kid: string | undefined, now: Date): RemoteKey | undefined | Promise<RemoteKey | undefined>;
}

/** SECURITY 4.5, in seconds. */
export interface RemoteKeyRules {
  /** How long a set is taken as it is. */
  readonly cacheSeconds: number;
  /** After the server was asked, it is not asked again for as long as this, whatever ids tokens name. */
  readonly cooldownSeconds: number;
  /** How long a set that is not fresh any more serves while the server does not answer. */
  readonly staleSeconds: number;
}

type KeyTable = ReadonlyMap<string | undefined, RemoteKey>;

const mostKeys = 100;
const retryMs = 5000;
const clockSlackMs = 60_000;

/** Whether it is no longer ago than that. A clock that was set back makes everything old, and not young for ever. */
function within(since: number, length: number, time: number): boolean {
  return since - clockSlackMs < time && time < since + length;
}

/**
 * Keeps the keys of another server. It is asked when the set is missing or too old, and when a token names a key that is
 * not in it, at most once a cool-down and by one call for all that wait. While it fails the last set serves on, and it is
 * asked again beside the calls, which wait for no answer then.
 *
 * @param load asks for the JWK Set
 */
export function remoteKeys(
  load: () => Promise<Readonly<Record<string, unknown>>>,
  algorithms: readonly ForeignAlgorithm[],
  rules: RemoteKeyRules,
  log: Pick<Logger, 'error'> | undefined,
): RemoteKeys {
  const [cacheMs, cooldownMs, staleMs] = [rules.cacheSeconds, rules.cooldownSeconds, rules.staleSeconds].map(
    (seconds) => seconds * 1000,
  ) as [number, number, number];
  let table: KeyTable | undefined;
  let loadedAt = 0;
  let askedAt = Number.NEGATIVE_INFINITY;
  let failing = false;
  let flight: Promise<void> | undefined;

  /** Never rejects: what became of it is told by `table`, `loadedAt` and `failing`. */
  const ask = (time: number): Promise<void> => {
    askedAt = time;
    flight ??= load()
      .then((set) => {
        table = tableOf(set, algorithms, table);
        loadedAt = time;
        failing = false;
      })
      .catch((error: unknown) => {
        failing = true;
        log?.error({ err: loggable(error) }, 'The keys of another server could not be read.');
      })
      .finally(() => {
        flight = undefined;
      });
    return flight;
  };

  const usable = (time: number): boolean => table !== undefined && within(loadedAt, cacheMs + staleMs, time);
  // Without keys nobody is let in: the server is asked a little sooner.
  const mayAsk = (time: number): boolean =>
    !within(askedAt, usable(time) ? cooldownMs : Math.min(cooldownMs, retryMs), time);

  /** What is known now; nobody is asked any more. */
  const settle = (kid: string | undefined, time: number): RemoteKey | undefined => {
    if (!usable(time)) throw unavailable();
    const key = table?.get(kid);
    // The server that could not be asked may have a new key.
    if (key === undefined && failing) throw unavailable();
    return key;
  };

  return {
    find(kid, now) {
      const time = now.getTime();
      const known = table !== undefined && within(loadedAt, cacheMs, time);
      if (known && table?.has(kid) === true) return table.get(kid);
      if (flight === undefined && !mayAsk(time)) return settle(kid, time);
      const bearable = table?.has(kid) === true && usable(time);
      const asked = flight ?? ask(time);
      return failing && bearable ? table?.get(kid) : asked.then(() => settle(kid, time));
    },
  };
}

/** The keys by their ids. Where two that could be meant share an id, neither is taken. */
function tableOf(
  set: Readonly<Record<string, unknown>>,
  algorithms: readonly ForeignAlgorithm[],
  before: KeyTable | undefined,
): KeyTable {
  if (!Array.isArray(set.keys) || set.keys.length > mostKeys) throw new Error('the other server answered no JWK Set');
  const table = new Map<string | undefined, RemoteKey>();
  const shared = new Set<string | undefined>();
  for (const jwk of set.keys as unknown[]) {
    const key = readRemoteKey(jwk, algorithms);
    if (key === undefined) continue;
    if (table.has(key.kid)) shared.add(key.kid);
    const old = before?.get(key.kid);
    // The same object as long as it is the same key: what it has verified stays verified.
    table.set(key.kid, old?.identity === key.identity ? old : key);
  }
  for (const kid of shared) table.delete(kid);
  return table;
}

function unavailable(): SallyportError {
  return new SallyportError('unavailable', { headers: { 'Retry-After': '5' } });
}
