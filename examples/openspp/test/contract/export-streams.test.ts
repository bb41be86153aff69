import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createAdministration } from '../../src/clients/administration.ts';
import { Consent } from '../../src/entities/index.ts';
import { basePath, overEachDatabase, secrets } from '../../testing/index.ts';
import { accept, as, exportCalls, type Scope } from './support/exports.ts';

overEachDatabase('streams', (t) => {
  const { ready, registered, stream, lines, kept, fresh } = exportCalls(t);

  /** A stream of which the test takes piece by piece. */
  async function begun(path: string, client: string) {
    const response = await t.api.handle(
      {
        method: 'GET',
        target: `${basePath}${path}`,
        rawHeaders: ['host', 'test', 'accept', accept, 'authorization', `Bearer ${await t.token(client)}`],
        remoteAddress: '127.0.0.1',
        encrypted: false,
        body: { kind: 'none' },
      },
      { unmatched: 'answer' },
    );
    const { status, body } = response ?? {};
    expect(status).toBe(200);
    return (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  }

  it('a search is streamed whole, one record a line, by filters, order and elements', async () => {
    const city = fresh('City');
    for (let index = 0; index < 25; index++) {
      await registered(undefined, {
        address: [{ city }],
        birthDate: index % 3 === 0 ? undefined : `19${50 + index}-01-01`,
      });
    }
    const path = `/Individual?address=${city}`;
    const answer = await stream(path);
    expect(answer.headers).toMatchObject({ 'content-type': accept, 'x-api-version': '2.0.0' });
    expect(answer.headers.vary).toContain('Accept');
    const page = (await t.send('GET', `${path}&_count=100&_sort=birthdate`)).body.data;
    expect(page).toHaveLength(25);
    expect(lines((await stream(`${path}&_sort=birthdate`)).text)).toEqual(page);
    const [first] = lines((await stream(`${path}&_elements=birthDate&_sort=-birthdate`)).text);
    expect(first).not.toHaveProperty('name');
    expect((await stream(`${path}&birthdate=gt1970-01-01`)).text.split('\n')).toHaveLength(2 + 1);
    for (const paging of ['_count=5', '_offset=0']) {
      const refused = await stream(`${path}&${paging}`);
      expect([refused.status, refused.body.code]).toEqual([422, 'schema_violation']);
    }
    expect((await stream('/Individual?birthdate=never')).status).toBe(400);
    expect((await stream('/Individual', 'none-such').catch(() => ({ status: 401 }))).status).toBe(401);
  });

  it('a stream obeys consent row by row, and a withdrawal closes what was not sent yet', async () => {
    const city = fresh('City');
    const of = (scope?: Scope) => registered(scope, { address: [{ city }] });
    const shown = [await of({ fieldAccess: 'all' }), await of({ fieldAccess: 'all' })];
    await of();
    await of({ resourceType: 'group' });
    const answer = await stream(`/Individual?address=${city}`, as);
    expect(lines(answer.text).map(({ identifier: [{ value }] }) => value)).toEqual(shown);
    expect(Object.keys(answer.headers).filter((name) => /^(x-consent|etag)/.test(name))).toEqual([]);
    await registered({ fieldAccess: 'basic' });
    const whole = lines((await stream('/Individual', as)).text);
    const hundred = (await t.send('GET', '/Individual?_count=100', { as })).body.data;
    expect(whole).toEqual(expect.arrayContaining(hundred));
    expect(whole.every(({ telecom }) => telecom === undefined)).toBe(true);

    const open = [];
    for (let index = 0; index < 20; index++) open.push(await of({ fieldAccess: 'all' }));
    const parts = await begun(`/Individual?address=${city}`, as);
    const first = lines(Buffer.from((await parts.next()).value).toString()).length;
    await t.orm.em
      .fork()
      .nativeUpdate(Consent, { signatory: { identifiers: { value: open.at(-1) ?? '' } } }, { status: 'withdrawn' });
    let rest = '';
    for (let part = await parts.next(); part.done !== true; part = await parts.next()) rest += Buffer.from(part.value);
    expect(first + lines(rest).length).toBe(shown.length + open.length - 1);
  });

  it('a stream ends for a client that is disabled, or loses a scope, and the audit tells why', async () => {
    const city = fresh('City');
    for (let index = 0; index < 20; index++) await registered(undefined, { address: [{ city }] });
    const clients = createAdministration(t.orm, secrets.peppers);
    const changes: [string, (client: string) => Promise<unknown>, string][] = [
      ['left', (client) => clients.disable(client), 'client_unknown'],
      ['demoted', (client) => clients.setScopes(client, ['group:read']), 'insufficient_scope'],
    ];
    for (const [client, change, code] of changes) {
      await t.addClient(client, ['individual:search', 'individual:read']);
      const parts = await begun(`/Individual?address=${city}`, client);
      await kept();
      expect((await parts.next()).done).toBe(false);
      await change(client);
      await pause(1100);
      await expect(parts.next()).rejects.toMatchObject({ code });
      expect(await kept()).toContainEqual(`call; export; individual; search; 16; false; success; ${code}`);
    }
  });

  it('a client has four streams at once', async () => {
    const city = fresh('City');
    for (let index = 0; index < 20; index++) await registered(undefined, { address: [{ city }] });
    await t.addClient('greedy', ['individual:search', 'individual:read']);
    const path = `/Individual?address=${city}`;
    const open = [];
    for (let index = 0; index < 4; index++) open.push(await begun(path, 'greedy'));
    const refused = await stream(path, 'greedy');
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '10']);
    expect(refused.text).not.toContain('undefined');
    expect((await stream(path)).status).toBe(200);
    for (const parts of open) await parts.return?.();
    expect((await stream(path, 'greedy')).status).toBe(200);
  });

  it('20.2 a stream leaves one record with the number of people, and one of each that a consent opened', async () => {
    const city = fresh('City');
    for (let index = 0; index < 20; index++) await registered({ fieldAccess: 'all' }, { address: [{ city }] });
    await kept();
    await stream(`/Individual?address=${city}`);
    await stream(`/Individual?address=${city}`, as);
    const entries = await kept();
    expect(entries[0]).toBe('call; export; individual; search; 20; false; success; ');
    expect(entries.filter((text) => text.startsWith('record; read; individual; urn:'))).toHaveLength(20);
    expect(entries.filter((text) => text.startsWith('call;')).slice(1)).toEqual([
      'call; export; individual; search; 20; false; success; ',
    ]);
  });

  it('groups, programs and memberships are streamed too', async () => {
    await ready();
    for (const path of ['/Group', '/Program', '/ProgramMembership']) {
      const answer = await stream(path);
      expect([answer.status, answer.headers['content-type']], path).toEqual([200, accept]);
      expect(lines(answer.text)).toHaveLength((await t.send('GET', path)).body.meta.total);
    }
  });
});
