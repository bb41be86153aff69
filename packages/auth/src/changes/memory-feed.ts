import { everything } from './change.ts';
import { type ChangeFeed, createListeners } from './change-feed.ts';

/** A feed within one process: for several APIs over stores in memory, and for tests. */
export function createMemoryChangeFeed(): ChangeFeed {
  const listeners = createListeners();
  let live = false;
  const become = (next: boolean): void => {
    if (live === next) return;
    live = next;
    listeners.tell(everything);
  };
  return {
    get live() {
      return live;
    },
    start: async () => become(true),
    publish: async (change) => listeners.tell(change),
    subscribe: listeners.subscribe,
    close: async () => become(false),
  };
}
