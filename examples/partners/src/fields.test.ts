import { testDatabases } from '@sallyport/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Partner } from './entities/index.ts';
import { type Caller, type Json, now, openWorld, type World } from './testing/index.ts';

// Secure API contract, section 2: fields.
describe.each(testDatabases())('fields on $name', (database) => {
  let world: World;
  let acme: Caller;
  beforeAll(async () => {
    world = await openWorld(database);
    acme = await world.caller({ clientId: 'acme' });
  });
  afterAll(() => world?.close());

  const idOf = async (resource: string, field: string, value: string) => {
    const id = (await acme.find(resource, JSON.stringify([[field, '=', value]]))).records[0]?.id;
    if (id === undefined) throw new Error(`no ${resource} ${value}`);
    return id;
  };
  const create = async (body: object) => {
    const { result, text } = await acme.ask('POST', '/api/partner/rest', body);
    if (result === undefined) throw new Error(text);
    return result;
  };
  const change = (id: string, body: object) => acme.ask('PATCH', `/api/partner/rest/${id}`, body);

  it('write what is unset in the product’s way', async () => {
    expect(await create({ name: 'Bare', country: null })).toEqual({
      id: expect.any(String),
      name: 'Bare',
      email: '',
      phone: '',
      active: true,
      birthDate: '',
      credit: null,
      category: 'customer',
      image: '',
      parent: [],
      country: [],
      company: [expect.any(String), { name: 'Acme' }],
      labels: [],
      orders: [],
      created: now.toISOString(),
      client: 'acme',
    });
  });

  it('have defaults: a constant, the date and the client of the call, a named record', async () => {
    const partner = await create({ name: 'Defaults' });
    expect(partner).toMatchObject({ active: true, category: 'customer', client: 'acme', created: now.toISOString() });
    expect(partner.country).toEqual([await idOf('country', 'code', 'BE'), { name: 'Belgium', code: 'BE' }]);
    expect(partner.company).toEqual([await idOf('company', 'name', 'Acme'), { name: 'Acme' }]);
    const order = await acme.ask('POST', '/api/order/rest', {
      reference: 'D1',
      customer: partner.id,
      lines: [{ product: 'Desk', quantity: 3, price: 0.1 }],
    });
    expect(order.result).toMatchObject({ date: '2026-05-04', total: 0.3 });
  });

  it('yield their default to what is sent, and to null', async () => {
    const france = await idOf('country', 'code', 'FR');
    expect(await create({ name: 'Sent', active: false, category: 'supplier', country: france })).toMatchObject({
      active: false,
      category: 'supplier',
      country: [france, { code: 'FR' }],
    });
  });

  it.each(['created', 'client', 'orders', 'id', 'createdBy', 'version', 'tags', 'nothing'])(
    'refuse what callers cannot write: %s',
    async (name) => {
      for (const { error, status } of [
        await acme.ask('POST', '/api/partner/rest', { name: 'X', [name]: 'x' }),
        await change(await idOf('partner', 'name', 'Deco Addict'), { [name]: 'x' }),
      ]) {
        expect({ status, error }).toMatchObject({
          status: 200,
          error: { code: 422, data: { name: 'invalid_body', issues: [{ pointer: `/${name}`, code: 'unknown' }] } },
        });
      }
    },
  );

  it('can be written and never read', async () => {
    const { id } = await create({ name: 'Noted', note: 'a canary' });
    const seen = [
      await acme.ask('GET', `/api/partner/rest/${id}`),
      await acme.ask('GET', '/api/partner/rest'),
      await acme.ask('GET', '/api/partner/rest?fields=note'),
      await change(id, { phone: '1' }),
    ];
    for (const { text } of seen) expect(text).not.toContain('canary');
    const row = await world.open.orm.em.fork().findOneOrFail(Partner, { name: 'Noted' });
    expect(row.note).toBe('a canary');
  });

  it('go by their alias everywhere', async () => {
    const azure = await idOf('partner', 'name', 'Azure Interior');
    const { records } = await acme.find('order', `[("customer","=","${azure}"),("customer.country.code","=","US")]`);
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({ customer: [azure, { name: 'Azure Interior' }] });
    expect(records[0]).not.toHaveProperty('partner');
    const domain = encodeURIComponent(`[("partner","=","${azure}")]`);
    expect((await acme.ask('GET', `/api/order/rest?domain=${domain}`)).error.code).toBe(400);
    const wrong = await acme.ask('POST', '/api/order/rest', { reference: 'P', partner: azure });
    expect(wrong.text).toContain('/customer');
    expect(wrong.error.data).toMatchObject({ name: 'invalid_body' });
  });

  it('expand to pairs, to the declared depth', async () => {
    const { records } = await acme.find('order', '[("reference","=","S00001")]');
    expect(records[0]?.customer).toEqual([
      await idOf('partner', 'name', 'Azure Interior'),
      {
        name: 'Azure Interior',
        country: [await idOf('country', 'code', 'US'), { name: 'United States', code: 'US' }],
        labels: [[await idOf('tag', 'name', 'Gold'), { name: 'Gold' }]],
      },
    ]);
  });

  describe('that are relations', () => {
    it('take an id, or null', async () => {
      const parent = await idOf('partner', 'name', 'Deco Addict');
      const { id } = await create({ name: 'Child', parent });
      expect((await change(id, { parent: null })).result.parent).toEqual([]);
      expect((await change(id, { parent })).result.parent).toEqual([parent, { name: 'Deco Addict' }]);
      const wrong = await change(id, { country: parent });
      expect(wrong).toMatchObject({ status: 200, error: { code: 422, data: { name: 'unresolved_reference' } } });
      expect((await change(id, { company: null })).error).toMatchObject({ code: 422 });
    });

    it('take a list of ids, and what is added and removed', async () => {
      const [gold, silver, press] = await Promise.all(
        ['Gold', 'Silver', 'Press'].map((name) => idOf('tag', 'name', name)),
      );
      const { id, labels } = await create({ name: 'Labelled', labels: [gold, silver] });
      const named = (result: Json) =>
        (result.labels as [string, { name: string }][]).map(([, { name }]) => name).toSorted();
      expect(named({ labels })).toEqual(['Gold', 'Silver']);
      expect(named((await change(id, { labels: { add: [press], remove: [gold] } })).result)).toEqual([
        'Press',
        'Silver',
      ]);
      expect(named((await change(id, { labels: { add: [press] } })).result)).toEqual(['Press', 'Silver']);
      expect(named((await change(id, { labels: [gold] })).result)).toEqual(['Gold']);
      expect(named((await change(id, { labels: [] })).result)).toEqual([]);
      for (const labels of ['x', [1], { add: gold }, { put: [gold] }, [await idOf('country', 'code', 'BE')]]) {
        expect((await change(id, { labels })).error, JSON.stringify(labels)).toMatchObject({ code: 422 });
      }
    });

    it('own their rows', async () => {
      const customer = await idOf('partner', 'name', 'Deco Addict');
      const lines = [
        { product: 'Desk', quantity: 2, price: 99.99 },
        { product: 'Lamp', quantity: 1, price: 5 },
      ];
      const made = await acme.ask('POST', '/api/order/rest', { reference: 'L1', customer, lines });
      expect(made.result).toMatchObject({ lines, total: 204.98 });
      const path = `/api/order/rest/${made.result.id}`;
      const fewer = await acme.ask('PATCH', path, { lines: lines.slice(1) });
      expect(fewer.result).toMatchObject({ lines: lines.slice(1), total: 5 });
      expect((await acme.ask('PATCH', path, { date: '2026-01-01' })).result).toMatchObject({ total: 5 });
      const bad = await acme.ask('PATCH', path, { lines: [{ product: 'X', quantity: 0, price: 1 }] });
      expect(bad.error.data).toMatchObject({ issues: [{ pointer: '/lines/0/quantity' }] });
      expect((await acme.ask('PATCH', path, { lines: [] })).error.code).toBe(422);
      expect((await acme.ask('DELETE', path)).result).toEqual([made.result.id]);
    });
  });

  it('carry bytes as base64', async () => {
    const image = Buffer.from('not really an image').toString('base64');
    const { id } = await create({ name: 'Pictured', image });
    expect((await acme.ask('GET', `/api/partner/rest/${id}`)).result.image).toBe(image);
    expect((await change(id, { image: null })).result.image).toBe('');
    expect((await change(id, { image: 'no base64 !' })).error.code).toBe(422);
    expect((await change(id, { image: 'A'.repeat(400_000) })).error.code).toBe(422);
  });

  it('never show a number for an id, nor take one', async () => {
    const { text } = await acme.ask('GET', '/api/partner/rest?limit=200');
    for (const [, id] of text.matchAll(/"(?:id|parent|country|company)":\[?"([^"]*)"/g)) expect(id).toMatch(/^\w{8,}$/);
    for (const id of ['1', '01', '-1', '1e0', 'null']) {
      expect((await acme.ask('GET', `/api/partner/rest/${id}`)).status, id).toBe(404);
      expect((await acme.find('partner', `[("id","=","${id}")]`)).length, id).toBe(0);
    }
    expect((await acme.find('partner', '[("id","in",[1,2,3])]')).length).toBe(0);
    const country = await idOf('country', 'code', 'BE');
    expect((await acme.ask('GET', `/api/partner/rest/${country}`)).status).toBe(404);
  });

  it('leave text alone that looks like an id', async () => {
    const country = await idOf('country', 'code', 'BE');
    expect(await create({ name: country })).toMatchObject({ name: country });
    expect((await acme.find('partner', `[("name","=","${country}")]`)).length).toBe(1);
  });
});
