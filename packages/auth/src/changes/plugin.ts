import { definePlugin, LoggerService, loggable, type Plugin, type ServiceRegistry } from '@sallyport/core';
import { ClientStoreService } from '../clients/client.ts';
import { type ChangeFeed, ChangeFeedService, type FeedLog } from './change-feed.ts';

/** How many APIs use a feed: it is closed with the last of them. */
const users = new WeakMap<ChangeFeed, number>();

/**
 * Has the API hear of the changes that other processes make, and tell them of its own. The feed is started and closed with
 * the API, with the last one where several share it. While it is live, clients, tokens and revocations are remembered for
 * five seconds; while it is not, for none.
 *
 * @example changeFeed(createSqlChangeFeed(orm))
 * @see docs/guides/revocation.md
 */
export function changeFeed(feed: ChangeFeed): Plugin {
  let end = (): void => {};
  return definePlugin({
    name: 'auth.changes',
    services: ({ services }) => services.register(ChangeFeedService, () => feed),
    async start(_plan, { services }) {
      const log = services.resolve(LoggerService);
      users.set(feed, (users.get(feed) ?? 0) + 1);
      end = tellOwnChanges(feed, services, log);
      await feed.start(log);
    },
    async stop() {
      end();
      const left = (users.get(feed) ?? 1) - 1;
      users.set(feed, left);
      if (left === 0) await feed.close();
    },
  });
}

/** What this process changes by its client store, others hear of too, whatever the store itself does. */
function tellOwnChanges(feed: ChangeFeed, services: ServiceRegistry, log: FeedLog): () => void {
  if (!services.has(ClientStoreService)) return () => {};
  const tell = (clientId: string): void => {
    feed.publish({ kind: 'client', clientId }).catch((err: unknown) => {
      log.warn({ err: loggable(err), clientId }, 'Other processes could not be told that a client has changed.');
    });
  };
  return services.resolve(ClientStoreService).onChange?.(tell) ?? (() => {});
}
