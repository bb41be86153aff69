import { testDatabases } from '@sallyport/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Caller, openWorld, requestToken, type World } from './testing/index.ts';

// Secure API contract, section 5: errors.
describe.each(testDatabases())('errors on $name', (database) => {
  let world: World;
  let acme: Caller;
  beforeAll(async () => {
    world = await openWorld(database);
    acme = await world.caller({ clientId: 'acme' });
  });
  afterAll(() => world?.close());

  const idOf = async (resource: string, field: string, value: string) =>
    (await acme.find(resource, JSON.stringify([[field, '=', value]]))).records[0]?.id ?? '';
  const order = async (change: object) => ({
    reference: 'E1',
    customer: await idOf('partner', 'name', 'Deco Addict'),
    lines: [{ product: 'Desk', quantity: 1, price: 1 }],
    ...change,
  });

  it('of the application are answered with 200', async () => {
    const partner = '/api/partner/rest';
    const taken = { name: 'Twice', email: 'deco.addict@example.org' };
    const large = await acme.ask(
      'POST',
      '/api/order/rest',
      await order({ lines: [{ product: 'A', quantity: 1, price: 1e4 }] }),
    );
    const answers = {
      'a bad value': [await acme.ask('POST', partner, { name: 7 }), 422],
      'a missing one': [await acme.ask('POST', partner, {}), 422],
      'an unknown member': [await acme.ask('POST', partner, { name: 'X', colour: 1 }), 422],
      'a value too long': [await acme.ask('POST', partner, { name: 'x'.repeat(201) }), 422],
      'a value that is none of the list': [await acme.ask('POST', partner, { name: 'X', category: 'friend' }), 422],
      'no JSON': [await acme.ask('POST', partner, '{', { 'content-type': 'application/json' }), 400],
      'a constraint': [await acme.ask('POST', partner, taken), 409],
      'a record that others need': [
        await acme.ask('DELETE', `${partner}/${await idOf('partner', 'name', 'Deco Addict')}`),
        409,
      ],
      'a business rule': [await acme.ask('DELETE', `/api/order/rest/${large.result.id}`), 422],
      'a bad parameter': [await acme.ask('GET', `${partner}?limit=1000`), 400],
    } as const;
    for (const [name, [{ status, body }, code]] of Object.entries(answers)) {
      expect({ status, body }, name).toEqual({
        status: 200,
        body: {
          jsonrpc: '2.0',
          id: null,
          error: {
            code,
            message: expect.any(String),
            data: { name: expect.any(String), issues: expect.any(Array), id: expect.any(String) },
          },
        },
      });
    }
  });

  it('of HTTP keep their status', async () => {
    const reader = await world.caller({ clientId: 'reader', scopes: ['read'] });
    const answers = {
      401: await world.ask('GET', '/api/partner/rest'),
      403: await reader.ask('GET', '/api/partner/rest'),
      404: await acme.ask('GET', '/api/partner/rest/AAAAAAAA'),
      405: await acme.ask('PUT', '/api/partner/rest', {}),
      413: await acme.ask('POST', '/api/partner/rest', { name: 'x'.repeat(2_000_000) }),
      415: await acme.ask('POST', '/api/partner/rest', 'name=x', { 'content-type': 'text/plain' }),
    };
    for (const [status, answer] of Object.entries(answers)) {
      expect(answer.status).toBe(Number(status));
      expect(answer.body).toMatchObject({ jsonrpc: '2.0', id: null, error: { code: Number(status) } });
    }
    expect(answers[405].headers.allow).toBe('GET, HEAD, POST, OPTIONS');
    // An operation that the resource does not have.
    const off = await acme.ask('POST', '/api/company/rest', { name: 'Initech' });
    expect([off.status, off.headers.allow]).toEqual([405, 'GET, HEAD, OPTIONS']);
    expect((await acme.ask('GET', '/api/nowhere')).body).toMatchObject({ error: { code: 404 } });
  });

  it('of too many attempts say when to come back', async () => {
    const api = await world.another({});
    const answers = [];
    for (let attempt = 0; attempt < 31; attempt++)
      answers.push(await requestToken(api, '/api/oauth2/token', { clientId: `guess-${attempt}`, secret: 'wrong' }));
    expect(answers[29]).toMatchObject({ status: 401 });
    expect(answers[30]).toMatchObject({ status: 429, body: { jsonrpc: '2.0', id: null, error: { code: 429 } } });
    expect(Number(answers[30]?.headers['retry-after'])).toBeGreaterThan(0);
    await api.close();
  });

  it('show nothing of what is behind', async () => {
    const texts = [
      await acme.ask('POST', '/api/partner/rest', { name: 'X', email: 'deco.addict@example.org' }),
      await acme.ask('DELETE', `/api/partner/rest/${await idOf('partner', 'name', 'Deco Addict')}`),
      await acme.ask('POST', '/api/order/rest', await order({ reference: 'S00001' })),
    ].map(({ text }) => text);
    for (const text of texts) {
      expect(text).not.toMatch(
        /select|insert|delete from|constraint|_unique|_foreign|sales_order|partner_id|node:|\.ts\b/i,
      );
    }
  });

  it('leave nothing behind', async () => {
    const before = (await acme.find('order', '[]')).length;
    const lines = [
      { product: 'Good', quantity: 1, price: 1 },
      { product: 'Bad', quantity: -1, price: 1 },
    ];
    expect((await acme.ask('POST', '/api/order/rest', await order({ reference: 'N1', lines }))).error.code).toBe(422);
    expect((await acme.ask('POST', '/api/order/rest', await order({ reference: 'S00001' }))).error.code).toBe(409);
    expect((await acme.find('order', '[]')).length).toBe(before);
    const id = await idOf('partner', 'name', 'Gemini Furniture');
    const half = await acme.ask('PATCH', `/api/partner/rest/${id}`, { phone: '1', parent: 'AAAAAAAA' });
    expect(half.error.code).toBe(422);
    expect((await acme.ask('GET', `/api/partner/rest/${id}`)).result.phone).toBe('');
  });

  it('of fifty updates of one version leave one success', async () => {
    const id = await idOf('partner', 'name', 'Gemini Furniture');
    const target = `/api/partner/rest/${id}`;
    const tag = String((await acme.ask('GET', target)).headers.etag);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => acme.ask('PATCH', target, { phone: `n${index}` }, { 'if-match': tag })),
    );
    const won = answers.filter(({ result }) => result !== undefined);
    expect(won).toHaveLength(1);
    expect(answers.filter(({ status, error }) => status === 200 && error?.code === 412)).toHaveLength(49);
    expect((await acme.ask('GET', target)).result.phone).toBe(won[0]?.result.phone);
  });
});
