import { expect, it } from 'vitest';
import { at, basePath, outcome, overEveryServer } from '../../testing/index.ts';
import { programBody, programCalls, programId } from './support/programs.ts';

overEveryServer('programs', (t) => {
  const { path, make, made, read } = programCalls(t);
  const today = new Date().toISOString().slice(0, 10);
  const search = (query: Readonly<Record<string, string>>) => t.send('GET', `/Program?${new URLSearchParams(query)}`);
  const names = async (query: Record<string, string>) => {
    const answer = await search(query);
    expect(answer.status, answer.text).toBe(200);
    return answer.body.data.map(({ name }: { name: string }) => name);
  };

  it('B-210 GET by slug answers 200 with ETag, targetType and programType', async () => {
    await made('river-valley');
    const { status, body, headers } = await read('river-valley');
    expect(status).toBe(200);
    expect(headers.etag).toBe(`"${body.meta.versionId}"`);
    expect(body).toMatchObject({
      type: 'Program',
      targetType: 'group',
      programType: {
        coding: [{ system: 'urn:openspp:vocab:program-type', code: 'cash-transfer', display: 'Cash Transfer' }],
        text: 'Cash Transfer',
      },
    });
    // Programs are nobody's personal data.
    expect(headers).not.toHaveProperty('x-consent-status');
  });

  it('B-211 an unknown program is 404; no bar 400', async () => {
    expect(outcome(await read('unknown'))).toEqual([404, 'program_not_found']);
    expect(outcome(await t.send('GET', '/Program/river-valley'))).toEqual([400, 'identifier_malformed']);
  });

  it('B-212 name, status=active|ended and targetType filter and combine', async () => {
    const named = 'P212';
    await make('p212-a', { name: `${named} A` });
    await make('p212-b', { name: `${named} B`, targetType: 'individual' });
    await make('p212-c', { name: `${named} C`, active: false });
    expect(await names({ name: 'p212' })).toEqual([`${named} A`, `${named} B`, `${named} C`]);
    expect(await names({ name: named, status: 'active' })).toEqual([`${named} A`, `${named} B`]);
    expect(await names({ name: named, status: 'ended' })).toEqual([`${named} C`]);
    expect(await names({ name: named, targetType: 'group' })).toEqual([`${named} A`, `${named} C`]);
    expect(await names({ name: named, targetType: 'individual', status: 'active' })).toEqual([`${named} B`]);
    expect(await names({ name: named, targetType: 'individual', status: 'ended' })).toEqual([]);
  });

  it('B-213 status=foo does not widen the result', async () => {
    await made('p213');
    for (const query of [{ status: 'foo' }, { status: 'foo', name: 'p213' }]) {
      expect(outcome(await search(query))).toEqual([400, 'filter_value_unknown']);
    }
    expect(await names({ targetType: 'pets' })).toEqual([]);
  });

  it('B-214 identifier= filters', async () => {
    await made('p214', 'p214-other');
    expect(await names({ identifier: programId('p214') })).toEqual(['Program p214']);
    expect(await names({ identifier: programId('p214-none') })).toEqual([]);
    expect(await names({ identifier: programId('p214'), name: 'other' })).toEqual([]);
  });

  it('B-215 paging: the total is constant over pages, no internal ids in links, _offset is honoured', async () => {
    for (const letter of ['a', 'b', 'c']) await make(`p215-${letter}`, { name: `P215 ${letter}` });
    const seen = [];
    for (let offset = 0; offset < 3; offset += 1) {
      const { body } = await search({ name: 'P215', _count: '1', _offset: String(offset) });
      expect(body.meta).toEqual({ total: 3, count: 1, offset });
      const link = (at: number) => `${basePath}/Program?name=P215&_count=1&_offset=${at}`;
      expect(body.links.self).toBe(link(offset));
      if (offset < 2) expect(body.links.next).toBe(link(offset + 1));
      if (offset > 0) expect(body.links.prev).toBe(link(offset - 1));
      seen.push(...body.data.map(({ name }: { name: string }) => name));
    }
    expect(seen).toEqual(['P215 a', 'P215 b', 'P215 c']);
    expect((await search({ name: 'P215' })).body.links).toMatchObject({ next: null, prev: null });
  });

  it('B-216 POST answers 201 with Location; duplicates are 409, without scope 403', async () => {
    const created = await make('p216');
    expect(created.status, created.text).toBe(201);
    expect(created.body).toMatchObject({
      name: 'Program p216',
      active: true,
      meta: { source: 'urn:openspp:api-client:full' },
    });
    expect(created.headers.location).toBe(`${basePath}${path('p216')}`);
    const followed = await t.send('GET', String(created.headers.location).slice(basePath.length));
    expect([followed.body, followed.headers.etag]).toEqual([created.body, created.headers.etag]);
    expect(outcome(await make('p216', { name: 'Another' }))).toEqual([409, 'program_identifier_in_use']);
    expect(outcome(await make('p216-other', { name: 'Program p216' }))).toEqual([409, 'program_name_taken']);
    await t.addClient('program-reader', ['program:read', 'program:search', 'program:update']);
    expect(outcome(await make('p216-third', {}, 'program-reader'))).toEqual([403, 'scope_missing']);
    for (const value of ['p216-other', 'p216-third']) expect((await read(value)).status).toBe(404);
  });

  it('B-217 PUT answers 200; a stale If-Match 409, an unknown program 404', async () => {
    const etag = String((await make('p217', { period: { start: '2026-01-01' } })).headers.etag);
    const put = (value: string, more: object = {}, headers = {}) =>
      t.send('PUT', path(value), { body: programBody(value, more), headers });
    expect(outcome(await put('p217', { active: false }, { 'if-match': '"1"' }))).toEqual([409, 'version_conflict']);
    expect((await read('p217')).headers.etag).toBe(etag);
    const ended = await put('p217', { active: false }, { 'if-match': etag });
    expect(ended.status, ended.text).toBe(200);
    expect(ended.body).toMatchObject({ active: false, period: { start: '2026-01-01', end: today } });
    expect((await read('p217')).body).toEqual(ended.body);
    expect(outcome(await put('p217-none'))).toEqual([404, 'program_not_found']);
    expect((await read('p217-none')).status).toBe(404);
  });

  it('B-218 a program is found by its identifier even if its name contains hyphens', async () => {
    const identifier = [{ system: 'urn:example:p', value: '7' }];
    const created = await make('', { identifier, name: 'Cash-For Work' });
    expect(created.body.identifier).toHaveLength(2);
    for (const each of created.body.identifier as { system: string; value: string }[]) {
      const found = await t.send('GET', at('/Program/{}', `${each.system}|${each.value}`));
      expect([found.status, found.body.name]).toEqual([200, 'Cash-For Work']);
    }
    expect((await read('cash-for-work')).body.name).toBe('Cash-For Work');
    const twin = await make('', { identifier: [{ system: 'urn:example:p', value: '8' }], name: 'Cash For-Work' });
    expect(twin.body.identifier[1].value).toBe('cash-for-work-2');
    expect((await read('cash-for-work-2')).body.name).toBe('Cash For-Work');
  });
});
