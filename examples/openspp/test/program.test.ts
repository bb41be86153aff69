import { expect, it } from 'vitest';
import { groupReference, outcome, overEachDatabase } from '../testing/index.ts';
import { programBody, programCalls, programReference } from './contract/support/programs.ts';

overEachDatabase('rules of programs and memberships', (t) => {
  const { path, make, made, houses, enrol, membership, enrolled, replace } = programCalls(t);
  const today = new Date().toISOString().slice(0, 10);
  const patch = (value: string, body: object) => t.send('PATCH', path(value), { body });

  it('11.4 refuses unknown types and targets', async () => {
    const programType = { coding: [{ system: 'urn:openspp:vocab:program-type', code: 'lottery' }] };
    expect(outcome(await make('other', { programType }))).toEqual([422, 'program_type_unknown']);
    expect((await make('other', { targetType: 'pets' })).status).toBe(422);
    expect((await make('other', { programType: undefined })).body.detail[0].type).toBe('missing');
  });

  it('11.4 P3 a program ends and begins again', async () => {
    await make('ends', { period: { start: '2026-01-01' } });
    expect((await patch('ends', { active: false })).body.period).toMatchObject({ start: '2026-01-01', end: today });
    const again = await patch('ends', { active: true, description: 'On' });
    expect(again.body).toMatchObject({ active: true, period: null, description: 'On' });
    await patch('ends', { active: false, period: { end: '2026-02-03' } });
    expect((await t.send('GET', path('ends'))).body.period.end).toBe('2026-02-03');
    const byBody = await t.send('PUT', '/Program', { body: programBody('ends', { description: 'By body' }) });
    expect(byBody.body).toMatchObject({ description: 'By body', active: true });
  });

  it('11.3 type filters by the code of the type', async () => {
    await made('typed');
    const total = async (type: string) => (await t.send('GET', `/Program?type=${type}&name=typed`)).body.meta.total;
    expect([await total('cash-transfer'), await total('lottery')]).toEqual([1, 0]);
  });

  it('12.5 E12 refuses malformed references, ended programs, and another kind of beneficiary later', async () => {
    await made('on', 'off');
    await patch('off', { active: false });
    await houses('M-1');
    for (const [more, code] of [
      [{ program: { reference: 'x|y' } }, 'membership_program_reference_malformed'],
      [{ program: { reference: 'Program/y' } }, 'membership_program_identifier_malformed'],
      [{ beneficiary: { reference: 'x|y' } }, 'membership_beneficiary_reference_malformed'],
      [{ beneficiary: { reference: 'Group/y' } }, 'membership_beneficiary_identifier_malformed'],
    ] as const) {
      expect(outcome(await enrol('M-1', 'on', more))).toEqual([422, code]);
    }
    expect(outcome(await enrol('M-1', 'off'))).toEqual([422, 'program_not_active']);
    expect((await enrol('M-1', 'on')).status).toBe(201);
    expect(outcome(await patch('on', { targetType: 'individual' }))).toEqual([422, 'target_type_locked']);
  });

  it('12.7 PUT on the collection addresses by program and beneficiary; there is no PATCH', async () => {
    await made('here', 'there');
    await enrolled('M-2', 'here');
    const body = { program: programReference('here'), beneficiary: groupReference('M-2') };
    const changed = { ...body, status: 'exited', exitDate: '2026-02-02' };
    expect((await t.send('PUT', '/ProgramMembership', { body: changed })).body).toMatchObject(changed);
    expect(outcome(await replace('M-2', 'there'))).toEqual([404, 'program_membership_not_found']);
    expect((await t.send('PATCH', membership('M-2', 'here'), { body: {} })).status).toBe(405);
  });
});
