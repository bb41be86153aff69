import { databases } from '../../test-support/databases.ts';
import { rateLimiterSuite } from '../../test-support/rate-limiter-suite.ts';
import { createSqlRateLimiter } from './sql.ts';

for (const [name, open] of databases) {
  rateLimiterSuite(name, async () => {
    const { orm, close } = await open();
    return { limiter: createSqlRateLimiter(orm), other: createSqlRateLimiter(orm), close };
  });
}
