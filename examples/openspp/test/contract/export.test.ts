import { expect, it } from 'vitest';
import type { Bootstrap } from '../../src/bootstrap/index.ts';
import { Identifier, Registrant, VocabularyCode } from '../../src/entities/index.ts';
import { at, household, householdId, nationalId, overEveryServer, person } from '../../testing/index.ts';
import { as, exportCalls } from './support/exports.ts';

overEveryServer('exports', (t) => {
  const { ready, registered, twins, send, items, stream, statuses, textOf, kept, fresh } = exportCalls(t);

  it('B-254 100 identifiers are exported; 101, none, and another type are refused', async () => {
    const id = nationalId(await registered());
    const hundred = Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? id : nationalId(`none-${index}`)));
    expect((await items(hundred)).filter(({ status }) => status === 'success')).toHaveLength(50);
    for (const [identifiers, type] of [
      [[...hundred, id], 'Individual'],
      [[], 'Individual'],
      [[id], 'Program'],
      [[id], null],
      [['a\u0000|b'], 'Individual'],
      [[id], ['Individual']],
      [[7], 'Individual'],
      [id, 'Individual'],
      [null, 'Group'],
    ] as const) {
      const answer = await send(identifiers, { type });
      expect([answer.status, answer.body.code], JSON.stringify(type)).toEqual([422, 'schema_violation']);
    }
  });

  it('B-255 counts add up, duplicates count, in the order of the request, malformed ones told as by a read', async () => {
    const id = nationalId(await registered());
    const group = householdId(fresh('H'));
    await t.load({ groups: [household(group.split('|')[1] ?? '')] } as Bootstrap);
    const found = await items(['no-bar-here', id, 'again-none', nationalId('unknown'), id, group]);
    expect(statuses(found)).toEqual(['error', 'success', 'error', 'not_found', 'success', 'not_found']);
    expect(found[0]?.error).toBe(await textOf('/Individual/no-bar-here'));
    const { body, headers } = await t.send('GET', at('/Individual/{}', id));
    expect(found[1]).toEqual({ identifier: id, status: 'success', resource: body });
    expect(found[4]).toEqual(found[1]);
    expect(headers['x-consent-status']).toBe('legal_basis');
    const [shown] = await items([group], { type: 'Group' });
    expect(shown?.resource).toMatchObject({ type: 'Group', identifier: [{ value: group.split('|')[1] }] });
    const answer = await send([id]);
    expect(Object.keys(answer.headers).filter((name) => /^(x-consent|etag)/.test(name))).toEqual([]);
  });

  it('14 identifiers are taken as they are, by whichever live one a person has, archived or not', async () => {
    const value = 'a%20b|c/d#e "\'; --';
    await ready();
    await t.load({ individuals: [person(value)] } as Bootstrap);
    const strange = ['', '|', 'urn:x|', '|x', `${'x'.repeat(5000)}|y`, '__proto__|__proto__', 'constructor'];
    const found = await items([nationalId(value), nationalId(encodeURIComponent(value)), ...strange]);
    expect(statuses(found).slice(0, 2)).toEqual(['success', 'not_found']);
    expect(statuses(found).slice(2)).toEqual(strange.map((text) => (text.includes('|') ? 'not_found' : 'error')));

    const id = await registered();
    const em = t.orm.em.fork();
    const { registrant } = await em.findOneOrFail(Identifier, { value: id });
    const type = await em.findOneOrFail(VocabularyCode, { code: 'passport' });
    em.create(Identifier, { registrant, type, value: `P-${id}` });
    em.create(Identifier, { registrant, type, value: `Q-${id}`, status: 'invalid' });
    await em.flush();
    await em.nativeUpdate(Registrant, { id: registrant.id }, { active: false });
    const passport = (text: string) => `urn:openspp:vocab:id-type#passport|${text}-${id}`;
    const [by, also, former] = await items([nationalId(id), passport('P'), passport('Q')]);
    expect(by?.resource).toMatchObject({ active: false });
    expect(also?.resource).toEqual(by?.resource);
    expect(former?.status).toBe('not_found');
  });

  it('B-256 who is unknown or may not be read is not_found by law, access_denied by consent', async () => {
    const open = await registered({ fieldAccess: 'basic' });
    const closed = await registered();
    const other = await registered({ resourceType: 'group' });
    const ids = [open, closed, other, 'nobody'].map(nationalId);
    const byLaw = await items(ids);
    expect(statuses(byLaw)).toEqual(['success', 'success', 'success', 'not_found']);
    expect(byLaw[3]?.error).toBe(await textOf(at('/Individual/{}', nationalId('nobody'))));
    const byConsent = await items(ids, { as });
    expect(statuses(byConsent)).toEqual(['success', 'access_denied', 'access_denied', 'access_denied']);
    const refusal = await textOf(at('/Individual/{}', nationalId('nobody')), as);
    expect(new Set(byConsent.slice(1).map(({ error }) => error))).toEqual(new Set([refusal]));
    expect(Object.keys(byConsent[0]?.resource ?? {}).sort()).toEqual(['active', 'identifier', 'meta', 'name', 'type']);
    const [noGroup] = await items([householdId('none')], { type: 'Group' });
    expect(noGroup).toMatchObject({ status: 'not_found', error: await textOf(at('/Group/{}', householdId('none'))) });
  });

  it('14 a hundred denied ones cost one delay, and hidden ones as much as unknown ones', async () => {
    const closed = [await registered(), await registered()];
    const time = async (ids: readonly string[]) => {
      const started = performance.now();
      await items(ids, { as });
      return performance.now() - started;
    };
    const unknown = await time(Array.from({ length: 100 }, (_, index) => nationalId(`none-${index}`)));
    const hidden = await time(Array.from({ length: 100 }, (_, index) => nationalId(closed[index % 2] ?? '')));
    for (const took of [unknown, hidden]) {
      expect(took).toBeGreaterThanOrEqual(50);
      // A delay for each would be five seconds.
      expect(took).toBeLessThan(2000);
    }
  });

  it('B-257 _elements and _extensions are applied to each, within what consents and scopes show', async () => {
    const id = nationalId(await registered({ fieldAccess: 'custom', customFields: ['birthDate'] }));
    const fields = async (more: object, client = 'full') => {
      const [item] = await items([id], { more, as: client });
      return Object.keys(item?.resource ?? {}).sort();
    };
    expect(await fields({ _elements: 'birthDate' })).toEqual(['birthDate', 'identifier', 'type']);
    expect(await fields({ _elements: 'name.family' }, 'few')).toEqual(['identifier', 'name', 'type']);
    expect(await fields({ _elements: 'birthDate' }, 'few')).toEqual(['identifier', 'type']);
    expect(await fields({ _elements: 'name,birthDate,unknown' }, as)).toEqual(['birthDate', 'identifier', 'type']);
    expect(await fields({ _elements: null, _extensions: '*' }, as)).toEqual(['birthDate', 'identifier', 'type']);
    expect((await send([id], { more: { _elements: 7 } })).status).toBe(422);
    const extended = nationalId(await registered(undefined, { extension: { fisher: { boatCount: 2 } } }));
    const shown = async (_extensions?: string) => (await items([extended], { more: { _extensions } }))[0]?.resource;
    expect(JSON.stringify(await shown('fisher'))).toContain('boatCount');
    for (const none of [undefined, 'unknown']) expect(await shown(none)).not.toHaveProperty('extension');
  });

  it('14 _extensions is applied to each, within what consents show', async () => {
    const extension = { fisher: { boatCount: 2 } };
    const open = await registered({ fieldAccess: 'all', includeExtensions: true }, { extension });
    const closed = await registered({ fieldAccess: 'all', includeExtensions: false }, { extension });
    const ids = [open, closed].map(nationalId);
    for (const client of ['full', as]) {
      for (const _extensions of [undefined, '*', 'fisher', 'unknown']) {
        const more = { _elements: 'extension', ...(_extensions === undefined ? {} : { _extensions }) };
        const all = await items(ids, { as: client, more });
        for (const [index, { resource }] of all.entries()) {
          const path = `${at('/Individual/{}', ids[index] ?? '')}?${new URLSearchParams(more)}`;
          expect(resource, `${client} ${_extensions}`).toEqual((await t.send('GET', path, { as: client })).body);
        }
        const filter = `identifier=${encodeURIComponent(ids[0] ?? '')}`;
        const streamed = await stream(`/Individual?${filter}&${new URLSearchParams(more)}`, client);
        expect(JSON.parse(streamed.text)).toEqual(all[0]?.resource);
      }
    }
    const [shown] = await items(ids, { as, more: { _extensions: 'fisher' } });
    expect(JSON.stringify(shown?.resource)).toContain('boatCount');
  });

  it('14 photos are exported to who asks for them, of a few people', async () => {
    const id = nationalId(await registered(undefined, { photo: Buffer.from('picture').toString('base64') }));
    expect((await items([id]))[0]?.resource).not.toHaveProperty('photo');
    const asked = { more: { _elements: 'photo' } };
    expect((await items([id], asked))[0]?.resource).toMatchObject({ photo: expect.any(String) });
    const refused = await send(
      Array.from({ length: 21 }, () => id),
      asked,
    );
    expect([refused.status, refused.body.code]).toEqual([422, 'schema_violation']);
  });

  it('B-258 the scope of the chosen type is needed; that of its search is not enough', async () => {
    await ready();
    expect(statuses(await items([nationalId('x')], { as: 'people-only' }))).toEqual(['not_found']);
    for (const [client, type, scope] of [
      ['people-only', 'Group', 'group:read'],
      ['searches', 'Individual', 'individual:read'],
    ] as const) {
      const answer = await send([nationalId('x')], { as: client, type });
      expect([answer.status, answer.body.code]).toEqual([403, 'scope_missing']);
      expect(answer.body.detail).toContain(scope);
    }
    expect(
      (await t.send('POST', '/$bulk/export', { as: null, body: { type: 'Group', identifiers: ['x|y'] } })).status,
    ).toBe(401);
  });

  it('B-259 an ambiguous one is an error to who may read all of its holders, denied to all others', async () => {
    const both = await twins({ fieldAccess: 'all' }, { fieldAccess: 'all' });
    const half = await twins({ fieldAccess: 'all' }, undefined);
    const text = await textOf(at('/Individual/{}', both));
    const refusal = await textOf(at('/Individual/{}', nationalId('nobody')), as);
    const outcome = async (client: string) => {
      const all = await items([both, half], { as: client });
      return all.map(({ status, error }) => [status, error]);
    };
    expect(await outcome('full')).toEqual([
      ['error', text],
      ['error', text],
    ]);
    expect(await outcome(as)).toEqual([
      ['error', text],
      ['access_denied', refusal],
    ]);
  });

  it('every item is answered as a read of its own, whatever it is and whoever asks', async () => {
    const ids = [
      nationalId(await registered({ fieldAccess: 'all' })),
      nationalId(await registered()),
      nationalId(await registered({ fieldAccess: 'custom', customFields: [] })),
      await twins({}, {}),
      await twins({}, undefined),
      nationalId('nobody'),
      'no-bar',
    ];
    for (const client of ['full', as, 'few']) {
      const all = await items([...ids, ...ids], { as: client });
      for (const [index, item] of all.entries()) {
        const key = ids[index % ids.length] ?? '';
        const read = await t.send('GET', `${at('/Individual/{}', key)}?_elements=name,birthDate,address,meta`, {
          as: client,
        });
        const elements = await items([key], { as: client, more: { _elements: 'name,birthDate,address,meta' } });
        if (item.status === 'success') expect(elements[0]?.resource, key).toEqual(read.body);
        else expect(item.error, key).toBe(read.body.detail);
      }
    }
  });

  it('20.2 an export leaves one record, and one of each person that a consent opened', async () => {
    const id = await registered({ fieldAccess: 'basic' });
    await kept();
    await send([nationalId(id), nationalId('nobody')], { as });
    await send([nationalId(id), nationalId('nobody'), 'no-bar']);
    await send([householdId('none')], { as: 'people-only', type: 'Group' });
    await send([], {});
    expect(await kept()).toEqual([
      'call; export; individual; bulk:2; 1; false; success; ',
      `record; read; individual; ${nationalId(id)}; 1; true; success; `,
      'call; export; individual; bulk:3; 1; false; success; ',
      'call; export; group; bulk:1; ; false; access_denied; scope_missing',
      'call; export; ; export; ; false; validation_error; schema_violation',
    ]);
  });
});
