import { setTimeout as delay } from 'node:timers/promises';
import type { CallContext } from '@sallyport/core';
import { beforeAll, expect, it } from 'vitest';
import { hesitate } from '../src/policies/consent.ts';
import {
  at,
  familyOf,
  household,
  householdId,
  nameOf,
  nationalId,
  outcome,
  overEachDatabase,
  person,
} from '../testing/index.ts';

overEachDatabase('privacy', (t) => {
  const one = at('/Individual/{}', nationalId('T-1'));

  beforeAll(async () => {
    await t.send('POST', '/Individual', { body: person('T-1', { birthDate: '1990-01-01' }) });
    await t.send('POST', '/Group', {
      body: household('T-G', { member: [{ entity: { reference: `Individual/${nationalId('T-1')}` } }] }),
    });
    await t.addClient('creator', ['individual:create']);
    await t.addClient('consent', ['individual:all', 'group:all', 'program:all', 'program_membership:all'], 'consent');
  });

  it('1 an address with a slash at its end is redirected', async () => {
    const { status, headers } = await t.send('GET', '/Individual/');
    expect([status, headers.location]).toEqual([307, '/api/v2/spp/Individual']);
  });

  it('2.3 problem details when asked for', async () => {
    const headers = { accept: 'application/problem+json' };
    const problem = await t.send('GET', at('/Individual/{}', nationalId('nobody')), { headers });
    expect(problem.headers['content-type']).toBe('application/problem+json');
    expect(problem.body).toMatchObject({ type: 'urn:openspp:error:individual-not-found', status: 404 });
  });

  it('8.4 shows beside a reference, at other addresses, in errors and after writes only what a client may read', async () => {
    const gender = { scope: 'individual:all', fields: ['gender'] };
    await t.addClient('households', ['group:read']);
    await t.addClient('gender', [gender, 'group:read']);
    await t.addClient('types', [{ scope: 'group:all', fields: ['groupType'] }]);
    await t.addClient('mover', ['group:update']);
    await t.addClient('updater', ['individual:update']);
    const group = at('/Group/{}', householdId('T-G'));
    const reference = `Individual/${nationalId('T-1')}`;
    const history = `${group}/membership-history`;
    for (const as of ['households', 'gender']) {
      expect((await t.send('GET', group, { as })).body.member).toEqual([{ entity: { reference }, inactive: false }]);
      expect((await t.send('GET', history, { as })).body.data[0].member).toEqual({ reference });
    }
    expect((await t.send('GET', group)).body.member[0].entity).toEqual({ reference, display: nameOf('T-1') });
    expect(outcome(await t.send('GET', history, { as: 'types' }))).toEqual([403, 'forbidden']);
    expect(outcome(await t.send('GET', `${one}/groups`, { as: 'gender' }))).toEqual([403, 'forbidden']);
    const member = at('/Group/{}/member/{}', householdId('T-G'), nationalId('T-1'));
    for (const as of ['types', 'mover']) {
      const moved = await t.send('PATCH', member, { as, body: {} });
      expect(moved.body).toEqual({
        type: 'GroupMember',
        group: { reference: `Group/${householdId('T-G')}` },
        entity: { reference },
      });
    }
    const late = { birthDate: '2199-01-01' };
    for (const as of ['gender', 'updater']) {
      const refused = await t.send('PATCH', one, { as, body: { ...late, name: { given: 'Eve' } } });
      expect(outcome(refused)).toEqual([422, 'birth_date_in_future']);
      expect(refused.text).not.toContain(familyOf('T-1'));
    }
    expect((await t.send('PATCH', one, { body: late })).body.detail).toContain(nameOf('T-1'));
    // Who needs a consent, and may write without one, is not told the stored name, in whole or in part.
    for (const [method, name] of [
      ['PATCH', undefined],
      ['PATCH', { given: 'Eve' }],
      ['PUT', undefined],
      ['PUT', { given: 'Eve' }],
    ] as const) {
      const identifier = person('T-1').identifier;
      const body = { ...late, ...(method === 'PUT' ? { identifier } : {}), ...(name === undefined ? {} : { name }) };
      const refused = await t.send(method, one, { as: 'consent', body });
      expect(outcome(refused), refused.text).toEqual([422, 'birth_date_in_future']);
      expect(refused.text).not.toContain(familyOf('T-1'));
    }
    const patched = await t.send('PATCH', one, { as: 'updater', body: {} });
    expect(Object.keys(patched.body)).toEqual(['type', 'identifier', 'meta']);
    const made = await t.send('POST', '/Individual', { as: 'creator', body: person('T-2') });
    expect([made.status, Object.keys(made.body)]).toEqual([201, ['type', 'identifier', 'meta']]);
  });

  it('27.4 makes a consent client wait once, and tells it nothing of whom it names', async () => {
    const call = { state: new Map() } as unknown as CallContext;
    await hesitate(call);
    const again = hesitate(call).then(() => 'at once');
    expect(await Promise.race([again, delay(40)])).toBe('at once');
    const as = 'consent';
    const taken = await t.send('POST', '/Individual', { body: person('T-1'), as });
    // That an identifier is in use cannot be hidden from who tries to register it (contract 27.7).
    expect(outcome(taken)).toEqual([409, 'identifier_in_use']);
    const known = { program: { reference: 'Program/urn:openspp:program|x' }, status: 'draft' };
    const refused = [];
    for (const value of ['T-1', 'nobody']) {
      const body = { ...known, beneficiary: { reference: `Individual/${nationalId(value)}` } };
      const { status, text } = await t.send('POST', '/ProgramMembership', { body, as });
      refused.push([status, text.replaceAll(value, 'X')]);
    }
    expect(refused[0]).toEqual(refused[1]);
  });
});
