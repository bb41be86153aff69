import { describe, expect, it, vi } from 'vitest';
import { caller, form, later, testSetup } from '../../test-support/calls.ts';
import { arrange, grant, hasher, uncached } from '../../test-support/token-endpoint.ts';
import { tokenEndpoint } from '../index.ts';

describe('R17: limits', () => {
  it('counts failures only, by default', async () => {
    const { options, good, clientId } = arrange();
    const call = caller(tokenEndpoint({ ...options, limits: [{ perMinute: 3, counts: 'failures' }] }), testSetup());
    const wrong = form({ ...grant, client_id: clientId, client_secret: 'wrong' });
    for (let turn = 0; turn < 5; turn += 1) expect((await call(good)).status).toBe(200);
    const statuses = [];
    for (let turn = 0; turn < 4; turn += 1) statuses.push((await call(wrong)).status);
    expect(statuses).toEqual([401, 401, 401, 429]);
    const refused = await call(good);
    expect(refused).toMatchObject({ status: 429, json: { error: 'too_many_requests' } });
    expect(refused.headers).toMatchObject({ 'Retry-After': '60', ...uncached });
    expect((await call({ ...good, address: '192.0.2.8' })).status).toBe(200);
    expect((await call({ ...good, now: later(60) })).status).toBe(200);
  });

  it('takes the /64 of an IPv6 address for one address, and a mapped IPv4 address for itself', async () => {
    const { options, good } = arrange();
    const call = caller(tokenEndpoint({ ...options, limits: { perMinute: 1, counts: 'all' } }), testSetup());
    expect((await call({ ...good, address: '2001:db8::1' })).status).toBe(200);
    expect((await call({ ...good, address: '2001:db8::2' })).status).toBe(429);
    expect((await call({ ...good, address: '2001:db8:0:1::2' })).status).toBe(200);
    expect((await call({ ...good, address: '192.0.2.1' })).status).toBe(200);
    expect((await call({ ...good, address: '::ffff:192.0.2.1' })).status).toBe(429);
  });

  it('lets no more guesses through when they come at once', async () => {
    const { options, clientId, secret } = arrange();
    const verify = vi.fn(async (...values: Parameters<typeof hasher.verify>) => {
      await new Promise((resolve) => setTimeout(resolve, values[1] === secret ? 50 : 5));
      return hasher.verify(...values);
    });
    const slow = { ...hasher, verify };
    const call = caller(
      tokenEndpoint({ ...options, hasher: slow, limits: { perMinute: 3, counts: 'failures' } }),
      testSetup(),
    );
    const guesses = ['a', 'b', 'c', 'd', 'e', secret];
    const answers = await Promise.all(
      guesses.map((guess) => call(form({ ...grant, client_id: clientId, client_secret: guess }))),
    );
    expect(answers.map((one) => one.status).sort()).toEqual([401, 401, 401, 429, 429, 429]);
  });

  it('OpenSPP 3.5: counts what could be read, and not what could not', async () => {
    const { options, good } = arrange();
    const call = caller(
      tokenEndpoint({ ...options, limits: { perMinute: 5, perDay: 50, counts: 'all' } }),
      testSetup(),
    );
    for (let turn = 0; turn < 9; turn += 1) expect((await call(form({}))).status).toBe(401);
    expect((await call(form({ client_id: 'a', client_secret: 'b', grant_type: 'password' }))).status).toBe(400);
    for (let turn = 0; turn < 4; turn += 1) expect((await call(good)).status).toBe(200);
    const refused = await call(good);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers['Retry-After'])).toBeGreaterThanOrEqual(1);
    let issued = 5;
    for (let minute = 1; minute < 12; minute += 1) {
      for (let turn = 0; turn < 5; turn += 1) {
        if ((await call({ ...good, now: later(minute * 61) })).status === 200) issued += 1;
      }
    }
    expect(issued).toBe(50);
  });
});
