import { beforeAll, expect, it } from 'vitest';
import {
  at,
  basePath,
  groupReference,
  household,
  householdId,
  nationalId,
  outcome,
  overEveryServer,
  person,
  personReference,
} from '../../testing/index.ts';
import { consents, denied } from './support/consents.ts';
import { programCalls, programReference } from './support/programs.ts';

overEveryServer('program memberships', (t) => {
  const { made, make, houses, enrol, membership, enrolled, replace } = programCalls(t);
  const today = new Date().toISOString().slice(0, 10);
  const get = (target: string, as = 'full') => t.send('GET', target, { as });
  const withProgram = (house: string, value: string) =>
    get(`${membership(house)}?program=${encodeURIComponent(value)}`);
  const shown = async (query: Record<string, string>) => {
    const answer = await get(`/ProgramMembership?${new URLSearchParams(query)}`);
    expect(answer.status, answer.text).toBe(200);
    return answer.body.data.map((each: { program: { display: string } }) => each.program.display);
  };

  beforeAll(() => made('one', 'two', 'third'));

  it('B-219 of one membership, GET by the beneficiary works without program', async () => {
    await enrolled('M-219', 'one');
    const { status, body, headers } = await get(membership('M-219'));
    expect([status, body.program]).toEqual([200, { ...programReference('one'), display: 'Program one' }]);
    expect(headers['x-consent-status']).toBe('legal_basis');
  });

  it('B-220 of several, without program 409, with program that one', async () => {
    await enrolled('M-220', 'one', 'two');
    expect(outcome(await get(membership('M-220')))).toEqual([409, 'program_required']);
    for (const program of ['one', 'two']) {
      const { status, body } = await get(membership('M-220', program));
      expect([status, body.program.display]).toEqual([200, `Program ${program}`]);
    }
  });

  it('B-221 a malformed program is 400; an unknown one, and one not enrolled in, 404', async () => {
    await enrolled('M-221', 'one');
    expect(outcome(await withProgram('M-221', 'urn:openspp:program|one'))).toEqual([
      400,
      'program_reference_malformed',
    ]);
    expect(outcome(await withProgram('M-221', 'Program/one'))).toEqual([400, 'program_identifier_malformed']);
    const unknown = programReference('none').reference;
    expect(outcome(await withProgram('M-221', unknown))).toEqual([404, 'program_not_found']);
    const notFound = [404, 'program_membership_not_found'];
    expect(outcome(await get(membership('M-221', 'two')))).toEqual(notFound);
    expect(outcome(await get(membership('M-221-none')))).toEqual(notFound);
    expect(outcome(await get('/ProgramMembership/M-221'))).toEqual([400, 'identifier_malformed']);
  });

  it('B-222 a consent client without consent gets 403 in all of these cases', async () => {
    const { prepare, as } = consents(t);
    await prepare();
    await enrolled('M-222', 'one', 'two');
    await enrolled('M-222-single', 'one');
    const answers: [number, string][] = [];
    for (const target of [
      membership('M-222'),
      membership('M-222', 'one'),
      membership('M-222', 'third'),
      membership('M-222', 'none'),
      membership('M-222-single'),
      membership('M-222-nobody'),
      membership('M-222-nobody', 'one'),
    ]) {
      const started = performance.now();
      const { status, text } = await get(target, as);
      expect(performance.now() - started).toBeGreaterThanOrEqual(50);
      answers.push([status, text]);
    }
    expect(answers[0]).toEqual([403, expect.stringContaining('access_denied')]);
    expect(answers).toEqual(answers.map(() => answers[0]));
    const put = await replace('M-222-nobody', 'one');
    expect(put.status).toBe(404);
    const body = { status: 'draft', program: programReference('one'), beneficiary: groupReference('M-222-nobody') };
    expect(outcome(await t.send('PUT', membership('M-222-nobody', 'one'), { as, body }))).toEqual(denied);
  });

  it("B-223 the response lists the beneficiary's identifiers; its references resolve", async () => {
    const identifier = ['household_id', 'national_id'].map((code) => ({
      system: `urn:openspp:vocab:id-type#${code}`,
      value: `M-223-${code}`,
    }));
    await t.send('POST', '/Group', { body: household('', { identifier, name: 'Of two names' }) });
    const beneficiary = { reference: `Group/${householdId('M-223-household_id')}` };
    await enrol('', 'one', { beneficiary });
    const { body } = await get(membership('M-223-household_id'));
    const byValue = (a: { value: string }, b: { value: string }) => a.value.localeCompare(b.value);
    const listed = body.identifier.map(({ system, value }: { system: string; value: string }) => ({ system, value }));
    expect(listed.toSorted(byValue)).toEqual(identifier.toSorted(byValue));
    for (const { reference, display } of [body.program, body.beneficiary]) {
      const [, type = '', key = ''] = /^(\w+)\/(.*)$/.exec(reference) ?? [];
      const followed = await get(at(`/${type}/{}`, key));
      expect([followed.status, followed.body.type, followed.body.name]).toEqual([200, type, display]);
    }
  });

  it('B-224 search by beneficiary, program and status, combined; newest first', async () => {
    await make('s224-a');
    await make('s224-b');
    await enrolled('M-224', 's224-a', 's224-b');
    await replace('M-224', 's224-b', { status: 'exited' });
    const beneficiary = groupReference('M-224').reference;
    expect(await shown({ beneficiary })).toEqual(['Program s224-b', 'Program s224-a']);
    expect(await shown({ beneficiary: beneficiary.replace('#', '%23') })).toHaveLength(2);
    expect(await shown({ beneficiary, status: 'exited' })).toEqual(['Program s224-b']);
    expect(await shown({ program: programReference('s224-a').reference })).toEqual(['Program s224-a']);
    expect(await shown({ beneficiary, program: programReference('s224-a').reference, status: 'enrolled' })).toEqual([
      'Program s224-a',
    ]);
    expect(await shown({ beneficiary, program: programReference('s224-a').reference, status: 'exited' })).toEqual([]);
  });

  it('B-225 a malformed beneficiary or program is 400; what is unknown is empty', async () => {
    const refused = async (query: string) => outcome(await get(`/ProgramMembership?${query}`));
    for (const beneficiary of ['x|y', 'x%7Cy', 'Group/y', 'Program/x|y']) {
      expect([beneficiary, ...(await refused(`beneficiary=${beneficiary}`))]).toEqual([
        beneficiary,
        400,
        'filter_beneficiary_malformed',
      ]);
    }
    for (const program of ['x|y', 'Program/y', 'Group/x|y']) {
      expect([program, ...(await refused(`program=${program}`))]).toEqual([program, 400, 'filter_program_malformed']);
    }
    expect(await shown({ program: programReference('none').reference })).toEqual([]);
    expect(await shown({ beneficiary: groupReference('M-none').reference })).toEqual([]);
    expect(await shown({ status: 'bogus' })).toEqual([]);
  });

  it('B-226 POST answers 201; Location contains ?program= and returns this membership', async () => {
    await enrolled('M-226', 'two');
    const created = await enrol('M-226', 'one');
    expect(created.status, created.text).toBe(201);
    expect(created.body).toEqual({
      type: 'ProgramMembership',
      identifier: [{ system: 'urn:openspp:vocab:id-type#household_id', value: 'M-226', period: null }],
      program: { ...programReference('one'), display: 'Program one' },
      beneficiary: { ...groupReference('M-226'), display: 'House M-226' },
      status: 'enrolled',
      enrollmentDate: today,
      exitDate: null,
      exitReason: null,
      meta: { versionId: expect.any(String), lastUpdated: expect.any(String), source: 'urn:openspp:api-client:full' },
    });
    const location = String(created.headers.location);
    expect(location).toBe(`${basePath}${membership('M-226', 'one')}`);
    const followed = await get(location.slice(basePath.length));
    expect([followed.body, followed.headers.etag]).toEqual([created.body, created.headers.etag]);
  });

  it('B-227 a second POST for the same pair is 409, also when exited', async () => {
    await enrolled('M-227', 'one');
    expect(outcome(await enrol('M-227', 'one'))).toEqual([409, 'already_enrolled']);
    await replace('M-227', 'one', { status: 'exited' });
    expect(outcome(await enrol('M-227', 'one'))).toEqual([409, 'already_enrolled']);
    expect((await get(membership('M-227'))).body.status).toBe('exited');
  });

  it('B-228 POST with an unknown program or beneficiary is 422', async () => {
    await houses('M-228');
    expect(outcome(await enrol('M-228', 'none'))).toEqual([422, 'membership_program_not_found']);
    expect(outcome(await enrol('M-228-none', 'one'))).toEqual([422, 'membership_beneficiary_not_found']);
    expect((await get(membership('M-228'))).status).toBe(404);
  });

  it('B-229 POST with a bad status, or without program, is a schema violation', async () => {
    await houses('M-229');
    for (const [more, type, place] of [
      [{ status: 'bogus' }, 'literal_error', 'status'],
      [{ program: undefined }, 'missing', 'program'],
    ] as const) {
      const { status, body } = await enrol('M-229', 'one', more);
      expect([status, body.code]).toEqual([422, 'schema_violation']);
      expect(body.detail[0]).toMatchObject({ type, loc: ['body', place] });
    }
    expect((await get(membership('M-229'))).status).toBe(404);
  });

  it("B-230 the status enrolled without a date gets today's enrollmentDate", async () => {
    await houses('M-230');
    expect((await enrol('M-230', 'one')).body.enrollmentDate).toBe(today);
    expect((await enrol('M-230', 'two', { status: 'draft' })).body.enrollmentDate).toBeNull();
    expect((await get(membership('M-230', 'one'))).body.enrollmentDate).toBe(today);
  });

  it('B-231 an enrollmentDate that is sent is stored', async () => {
    await houses('M-231');
    expect((await enrol('M-231', 'one', { enrollmentDate: '2025-01-02' })).body.enrollmentDate).toBe('2025-01-02');
    expect((await get(membership('M-231'))).body.enrollmentDate).toBe('2025-01-02');
  });

  it('B-232 exitReason round-trips', async () => {
    await houses('M-232');
    const exitReason = { coding: [{ system: 'urn:x', code: 'moved' }], text: 'Moved away' };
    const sent = { status: 'exited', exitDate: '2026-02-02', exitReason };
    expect((await enrol('M-232', 'one', sent)).body).toMatchObject(sent);
    expect((await get(membership('M-232'))).body).toMatchObject(sent);
  });

  it('B-233 a group in a program for individuals is refused, and the other way round', async () => {
    await houses('M-233');
    await make('people-only', { targetType: 'individual' });
    expect(outcome(await enrol('M-233', 'people-only'))).toEqual([422, 'beneficiary_kind_mismatch']);
    await t.send('POST', '/Individual', { body: person('M-233') });
    const beneficiary = personReference('M-233');
    expect(outcome(await enrol('', 'one', { beneficiary }))).toEqual([422, 'beneficiary_kind_mismatch']);
    expect((await enrol('', 'people-only', { beneficiary })).status).toBe(201);
    expect((await get(membership('M-233'))).status).toBe(404);
  });

  it('B-234 PUT updates only the addressed membership', async () => {
    await enrolled('M-234', 'one', 'two');
    const other = (await get(membership('M-234', 'one'))).text;
    expect((await replace('M-234', 'two')).body.status).toBe('paused');
    expect((await get(membership('M-234', 'two'))).body).toMatchObject({ status: 'paused', enrollmentDate: today });
    expect((await get(membership('M-234', 'one'))).text).toBe(other);
  });

  it('B-235 PUT naming another program or another beneficiary is 422, and nothing changes', async () => {
    await enrolled('M-235', 'one');
    await houses('M-235-other');
    const before = (await get(membership('M-235'))).text;
    const program = { program: programReference('two') };
    expect(outcome(await replace('M-235', 'one', program))).toEqual([422, 'membership_program_fixed']);
    const beneficiary = { beneficiary: groupReference('M-235-other') };
    expect(outcome(await replace('M-235', 'one', beneficiary))).toEqual([422, 'membership_beneficiary_fixed']);
    expect((await get(membership('M-235'))).text).toBe(before);
    expect((await get(membership('M-235-other'))).status).toBe(404);
  });

  it('B-236 PUT accepts the ETag of GET as If-Match; a stale one is 409', async () => {
    await enrolled('M-236', 'one');
    const etag = String((await get(membership('M-236'))).headers.etag);
    expect(outcome(await replace('M-236', 'one', {}, { 'if-match': '"1"' }))).toEqual([409, 'version_conflict']);
    expect((await get(membership('M-236'))).body.status).toBe('enrolled');
    const done = await replace('M-236', 'one', {}, { 'if-match': etag });
    expect([done.status, done.body.status]).toEqual([200, 'paused']);
    expect(outcome(await replace('M-236', 'one', {}, { 'if-match': etag }))).toEqual([409, 'version_conflict']);
  });

  it('B-237 PUT without program on several memberships is 409, and nothing changes', async () => {
    await enrolled('M-237', 'one', 'two');
    const shownNow = async () => [
      (await get(membership('M-237', 'one'))).text,
      (await get(membership('M-237', 'two'))).text,
    ];
    const before = await shownNow();
    expect(outcome(await replace('M-237', 'one', {}, {}, membership('M-237')))).toEqual([409, 'program_required']);
    expect(await shownNow()).toEqual(before);
  });

  it('B-238 memberships of archived beneficiaries are readable', async () => {
    await enrolled('M-238', 'one');
    await t.send('PATCH', at('/Group/{}', householdId('M-238')), { body: { active: false } });
    const { status, body } = await get(membership('M-238'));
    expect([status, body.status]).toEqual([200, 'enrolled']);
    await t.send('POST', '/Individual', { body: person('M-238') });
    await make('people-too', { targetType: 'individual' });
    await enrol('', 'people-too', { beneficiary: personReference('M-238') });
    await t.send('PATCH', at('/Individual/{}', nationalId('M-238')), { body: { active: false } });
    expect((await get(at('/ProgramMembership/{}', nationalId('M-238')))).status).toBe(200);
  });
});
