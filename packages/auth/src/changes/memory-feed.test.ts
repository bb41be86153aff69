import { changeFeedSuite } from '../../test-support/change-feed-suite.ts';
import { createMemoryChangeFeed } from './memory-feed.ts';

changeFeedSuite('in memory', async () => {
  const feed = createMemoryChangeFeed();
  return { feed, other: feed };
});
