import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ApiClient } from '../src/entities/index.ts';
import { overEachDatabase } from '../testing/index.ts';

// Windows begin with the first call, by the clock of this process: here no window ends.
beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterAll(() => void vi.useRealTimers());

overEachDatabase(
  'the general rate limit',
  (t) => {
    it('3.6 a client is limited by the day as well', async () => {
      const clientId = 'two-a-day';
      await t.addClient(clientId, ['individual:read']);
      await t.orm.em.fork().nativeUpdate(ApiClient, { clientId }, { rateLimitPerMinute: 60, rateLimitPerDay: 2 });
      const statuses = [];
      for (let turn = 0; turn < 3; turn += 1) {
        statuses.push((await t.send('GET', '/Individual', { as: clientId })).status);
      }
      expect(statuses).toEqual([200, 200, 429]);
    });
  },
  { CALL_LIMITS: 'yes' },
);
