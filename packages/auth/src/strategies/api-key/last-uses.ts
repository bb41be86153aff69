import { type Logger, loggable } from '@sallyport/core';
import { BoundedCache } from '../../lib/bounded-cache.ts';
import type { ApiKeyStore } from './store.ts';

/** Notes when keys are used, and writes it down now and then. */
export interface LastUses {
  note(id: string, now: Date): void;
  /** Writes what is noted. Never rejects: a last use that is lost changes nothing. */
  flush(): Promise<void>;
}

const flushEveryMs = 60_000;
const mostKeys = 10_000;

/** Writes at most once a minute, beside the request whose use is the first after that. */
export function lastUses(store: ApiKeyStore, log: Pick<Logger, 'warn'> | undefined): LastUses {
  let noted = new BoundedCache<Date>(mostKeys);
  let ids = new Set<string>();
  let flushedAt: number | undefined;

  const flush = async (): Promise<void> => {
    const uses = [...ids].flatMap((id) => {
      const at = noted.get(id);
      return at === undefined ? [] : [{ id, at }];
    });
    noted = new BoundedCache(mostKeys);
    ids = new Set();
    if (uses.length === 0) return;
    try {
      await store.recordUses?.(uses);
    } catch (error) {
      log?.warn({ err: loggable(error) }, 'The last uses of API keys could not be written.');
    }
  };

  return {
    flush,
    note(id, now) {
      noted.set(id, now);
      ids.add(id);
      flushedAt ??= now.getTime();
      if (Math.abs(now.getTime() - flushedAt) < flushEveryMs) return;
      flushedAt = now.getTime();
      void flush();
    },
  };
}
