import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ApiClient } from '../src/entities/index.ts';
import { overEachDatabase } from '../testing/index.ts';

// Windows begin with the first call, by the clock of this process: here no window ends.
beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterAll(() => void vi.useRealTimers());

const path = '/metadata';
const limitHeaders = ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'] as const;

overEachDatabase(
  'the general rate limit (contract 3.6)',
  (t) => {
    const limit = (clientId: string, perMinute: number, perDay = 10_000) =>
      t.orm.em.fork().nativeUpdate(ApiClient, { clientId }, { rateLimitPerMinute: perMinute, rateLimitPerDay: perDay });

    it('B-051: over the limit of the client: 429, Retry-After and X-RateLimit-*', async () => {
      await t.addClient('three-a-minute', ['individual:read']);
      await t.addClient('unhindered', ['individual:read']);
      await limit('three-a-minute', 3);
      const get = (as: string) => t.send('GET', '/Individual', { as });
      const answers = [];
      for (let turn = 0; turn < 5; turn += 1) answers.push(await get('three-a-minute'));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429, 429]);
      expect(answers.map(({ headers }) => headers['x-ratelimit-remaining'])).toEqual(['2', '1', '0', '0', '0']);
      const refused = answers[4];
      expect(refused?.body.code).toBe('rate_limit_exceeded');
      const wait = String(refused?.headers['retry-after']);
      expect(Number(wait)).toBeGreaterThanOrEqual(1);
      expect(Number(wait)).toBeLessThanOrEqual(60);
      expect(refused?.body.detail).toContain(wait);
      expect(refused?.headers).toMatchObject({ 'x-ratelimit-limit': '3', 'x-ratelimit-reset': wait });
      expect((await get('unhindered')).status).toBe(200);
    });

    it('B-051: the day as well', async () => {
      await t.addClient('two-a-day', ['individual:read']);
      await limit('two-a-day', 60, 2);
      const statuses = [];
      for (let turn = 0; turn < 3; turn += 1)
        statuses.push((await t.send('GET', '/Individual', { as: 'two-a-day' })).status);
      expect(statuses).toEqual([200, 200, 429]);
    });

    it('B-052: X-RateLimit-* on every authenticated response, errors included, and on no other', async () => {
      await t.addClient('told', ['individual:read']);
      for (const [address, status] of [
        ['/Individual', 200],
        ['/Group', 403],
        ['/Individual/nonsense', 400],
      ] as const) {
        const answer = await t.send('GET', address, { as: 'told' });
        expect([address, answer.status]).toEqual([address, status]);
        for (const name of limitHeaders) expect(answer.headers[name]).toMatch(/^\d+$/);
        expect(answer.headers['x-ratelimit-limit']).toBe('60');
      }
      for (const answer of [
        await t.send('GET', path, { as: null }),
        await t.send('GET', '/Individual', { as: null }),
      ]) {
        for (const name of limitHeaders) expect(answer.headers).not.toHaveProperty(name);
      }
    });
  },
  { CALL_LIMITS: 'yes' },
);
