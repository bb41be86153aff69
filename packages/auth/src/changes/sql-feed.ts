import type { EntityManager } from '@mikro-orm/core';
import { ConfigurationError } from '@sallyport/core';
import { available } from '../lib/available.ts';
import { nativeQuery, type SqlOrm } from '../lib/native-query.ts';
import { type Change, encodeChange } from './change.ts';
import { type ChangeFeed, createListeners } from './change-feed.ts';
import { keepLine, type Line, type LineEnds, usualLineRules } from './kept-line.ts';
import { type ListeningPool, listenByPg } from './pg-line.ts';

export interface SqlChangeFeedOptions {
  /** The channel of `LISTEN` and `NOTIFY`: `sallyport_changes` when not said. One for all that share the tables. */
  readonly channel?: string;
  /**
   * Where to listen, when the ORM's connections go through a pooler that hands them to others after each transaction
   * (PgBouncer): `LISTEN` needs one that stays. The ORM's own address when not said.
   */
  readonly url?: string;
}

/** A feed that can tell of a change in the transaction that makes it. */
export interface SqlChangeFeed extends ChangeFeed {
  publishIn(em: EntityManager, change: Change): Promise<void>;
}

/** What is used of PGlite. */
interface ListeningPglite {
  readonly waitReady: Promise<void>;
  readonly closed: boolean;
  listen(channel: string, callback: (payload: string) => void): Promise<() => Promise<void>>;
}

const defaultChannel = 'sallyport_changes';

/** A name that PostgreSQL takes as it stands. */
const channelName = /^[a-z_][a-z0-9_]{0,62}$/;

/**
 * A feed by PostgreSQL's `NOTIFY` and `LISTEN`, for all processes over one database. It listens on a connection of its
 * own, which it probes three times a second, and opens another when that one is lost. Over PGlite, where one process has
 * the database, it tells that process.
 *
 * @example plugins: [changeFeed(createSqlChangeFeed(orm)), …]
 * @throws ConfigurationError for a channel that is no plain name
 * @see docs/guides/revocation.md
 */
export function createSqlChangeFeed(orm: SqlOrm, options: SqlChangeFeedOptions = {}): SqlChangeFeed {
  const { channel = defaultChannel, url } = options;
  if (!channelName.test(channel)) {
    throw new ConfigurationError('createSqlChangeFeed.channel', 'is made of a-z, 0-9 and _, 63 characters at most');
  }
  const notify = nativeQuery(orm)('change_notify', 'select pg_notify($1, $2)');
  const native = async (): Promise<ListeningPool | ListeningPglite> =>
    // Both SQL drivers' connections have this method; the base class does not promise what it answers.
    (await orm.em.getConnection().getNativeClient()) as ListeningPool | ListeningPglite;
  const send = async (payload: string): Promise<void> => void (await notify(channel, payload));

  const listeners = createListeners();
  const open = (ends: LineEnds): Line => {
    let line: Line | undefined;
    let dropped = false;
    const connect = async (): Promise<void> => {
      const database = await native();
      if (dropped) return;
      line =
        'waitReady' in database
          ? listenByPglite(database, channel, ends)
          : listenByPg(database, channel, url, send, ends);
      await line.ready;
    };
    return {
      ready: connect(),
      probe: async () => line?.probe(),
      drop() {
        dropped = true;
        line?.drop();
      },
    };
  };
  const kept = keepLine(open, listeners, usualLineRules);

  return {
    get live() {
      return kept.live;
    },
    start: kept.start,
    close: kept.close,
    subscribe: listeners.subscribe,
    async publish(change) {
      listeners.tell(change);
      await available(async () => {
        // Awaited inside an open transaction, a query would wait for itself; and there is nobody else to tell.
        if (!('waitReady' in (await native()))) await send(encodeChange(change));
      });
    },
    async publishIn(em, change) {
      const transaction: unknown = em.getTransactionContext();
      if (transaction === undefined) throw new Error('no transaction is open: what is told now may not be done yet');
      const values = [channel, encodeChange(change)];
      await em.getConnection().execute('select pg_notify(?, ?)', values, 'run', transaction);
    },
  };
}

/** Listening in this process: nothing can be lost on the way, until the database is closed. */
function listenByPglite(database: ListeningPglite, channel: string, ends: LineEnds): Line {
  const listening = database.listen(channel, ends.heard);
  return {
    ready: listening.then(() => {}),
    async probe() {
      if (database.closed) throw new Error('the database is closed');
    },
    drop() {
      // Not waited for: it may stand behind an open transaction.
      listening.then((end) => end()).catch(() => {});
    },
  };
}
