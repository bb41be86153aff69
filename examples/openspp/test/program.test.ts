import { expect, it } from 'vitest';
import { at, household, householdId, nationalId, overEachDatabase, person } from '../testing/index.ts';

const programId = (value: string) => `urn:openspp:program|${value}`;
const outcome = ({ status, body }: { status: number; body: { code?: string } }) => [status, body.code];

function body(value: string, more: object = {}): Record<string, unknown> {
  return {
    identifier: [{ system: 'urn:openspp:program', value }],
    name: `Program ${value}`,
    programType: { coding: [{ system: 'urn:openspp:vocab:program-type', code: 'cash-transfer' }] },
    targetType: 'group',
    ...more,
  };
}

overEachDatabase('programs and memberships', (t) => {
  const one = (value: string, more = '') => `${at('/Program/{}', programId(value))}${more}`;
  const make = (value: string, more: object = {}) => t.send('POST', '/Program', { body: body(value, more) });
  const names = async (query: Record<string, string>) => {
    const answer = await t.send('GET', `/Program?${new URLSearchParams(query)}`);
    expect(answer.status, answer.text).toBe(200);
    return answer.body.data.map(({ name }: { name: string }) => name);
  };

  it('B-216 B-018 B-210: creates, and reads with nulls printed', async () => {
    const made = await make('river-valley');
    expect(made.status, made.text).toBe(201);
    expect(made.body).toEqual({
      type: 'Program',
      identifier: [{ system: 'urn:openspp:program', value: 'river-valley', period: null }],
      active: true,
      name: 'Program river-valley',
      description: null,
      programType: {
        coding: [{ system: 'urn:openspp:vocab:program-type', code: 'cash-transfer', display: 'Cash Transfer' }],
        text: 'Cash Transfer',
      },
      targetType: 'group',
      eligibilityCriteria: null,
      period: null,
      meta: { versionId: expect.any(String), lastUpdated: expect.any(String), source: 'urn:openspp:api-client:full' },
    });
    expect(made.headers.location).toBe(`/api/v2/spp/Program/${encodeURIComponent(programId('river-valley'))}`);
    const read = await t.send('GET', one('river-valley'));
    expect(read.body).toEqual(made.body);
    expect(read.headers.etag).toBe(made.headers.etag);
    expect(read.headers).not.toHaveProperty('x-consent-status');
  });

  it('B-211 B-216: refuses', async () => {
    expect(outcome(await t.send('GET', one('unknown')))).toEqual([404, 'program_not_found']);
    expect(outcome(await t.send('GET', '/Program/river-valley'))).toEqual([400, 'identifier_malformed']);
    expect(outcome(await make('river-valley', { name: 'Another' }))).toEqual([409, 'program_identifier_in_use']);
    expect(outcome(await make('other', { name: 'Program river-valley' }))).toEqual([409, 'program_name_taken']);
    const type = { coding: [{ system: 'urn:openspp:vocab:program-type', code: 'lottery' }] };
    expect(outcome(await make('other', { programType: type }))).toEqual([422, 'program_type_unknown']);
    expect((await make('other', { targetType: 'pets' })).status).toBe(422);
    expect((await make('other', { programType: undefined })).body.detail[0].type).toBe('missing');
    await t.addClient('program-reader', ['program:read']);
    expect(outcome(await t.send('POST', '/Program', { body: body('x'), as: 'program-reader' }))).toEqual([
      403,
      'scope_missing',
    ]);
  });

  it('B-218: slugs are identifiers, hyphens or not', async () => {
    const more = { identifier: [{ system: 'urn:example:p', value: '7' }], name: 'Cash-For Work' };
    const made = await make('', more);
    expect(made.body.identifier).toHaveLength(2);
    expect((await t.send('GET', one('cash-for-work'))).body.name).toBe('Cash-For Work');
    expect((await t.send('GET', at('/Program/{}', 'urn:example:p|7'))).body.name).toBe('Cash-For Work');
    const twin = await make('', { identifier: [{ system: 'urn:example:p', value: '8' }], name: 'Cash For-Work' });
    expect(twin.body.identifier[1].value).toBe('cash-for-work-2');
  });

  it('B-217 P3: replaces and patches', async () => {
    const made = await make('ends', { period: { start: '2026-01-01' } });
    const stale = await t.send('PUT', one('ends'), { body: body('ends'), headers: { 'if-match': '"1"' } });
    expect(outcome(stale)).toEqual([409, 'version_conflict']);
    const etag = String(made.headers.etag);
    const ended = await t.send('PUT', one('ends'), {
      body: body('ends', { active: false }),
      headers: { 'if-match': etag },
    });
    expect(ended.status, ended.text).toBe(200);
    expect(ended.body).toMatchObject({
      active: false,
      period: { start: '2026-01-01', end: new Date().toISOString().slice(0, 10) },
    });
    const again = await t.send('PATCH', one('ends'), { body: { active: true, description: 'On' } });
    expect(again.body).toMatchObject({ active: true, period: null, description: 'On' });
    await t.send('PATCH', one('ends'), { body: { active: false, period: { end: '2026-02-03' } } });
    expect((await t.send('GET', one('ends'))).body.period.end).toBe('2026-02-03');
    expect(outcome(await t.send('PUT', one('none'), { body: body('none') }))).toEqual([404, 'program_not_found']);
    const byBody = await t.send('PUT', '/Program', { body: body('ends', { description: 'By body' }) });
    expect(byBody.body).toMatchObject({ description: 'By body', active: true });
    await t.send('PATCH', one('ends'), { body: { active: false } });
  });

  it('B-212 B-213 B-214 B-215: searches', async () => {
    expect(await names({ status: 'ended' })).toEqual(['Program ends']);
    expect(await names({ status: 'active', name: 'RIVER' })).toEqual(['Program river-valley']);
    expect(outcome(await t.send('GET', '/Program?status=foo'))).toEqual([400, 'filter_value_unknown']);
    expect(await names({ targetType: 'pets' })).toEqual([]);
    expect(await names({ identifier: programId('ends') })).toEqual(['Program ends']);
    expect(await names({ type: 'cash-transfer', _count: '1' })).toHaveLength(1);
    expect(await names({ type: 'lottery' })).toEqual([]);
    const page = await t.send('GET', '/Program?_count=1&_offset=1');
    expect(page.body.meta).toEqual({ total: 4, count: 1, offset: 1 });
    expect(page.body.links).toEqual({
      self: '/api/v2/spp/Program?_count=1&_offset=1',
      next: '/api/v2/spp/Program?_count=1&_offset=2',
      prev: '/api/v2/spp/Program?_count=1&_offset=0',
    });
    expect((await t.send('GET', '/Program')).body.links).toMatchObject({ next: null, prev: null });
  });

  const group = (value: string) => ({ reference: `Group/${householdId(value)}` });
  const program = (value: string) => ({ reference: `Program/${programId(value)}` });
  const enrol = (value: string, of: string, more: object = {}) =>
    t.send('POST', '/ProgramMembership', {
      body: { program: program(of), beneficiary: group(value), status: 'enrolled', ...more },
    });
  const membership = (value: string, of?: string) =>
    `${at('/ProgramMembership/{}', householdId(value))}${of === undefined ? '' : `?program=${encodeURIComponent(`Program/${programId(of)}`)}`}`;

  it('B-226 B-223 B-230 B-231 B-232 B-219: creates memberships', async () => {
    await t.send('POST', '/Group', { body: household('M-1') });
    const made = await enrol('M-1', 'river-valley');
    expect(made.status, made.text).toBe(201);
    expect(made.body).toEqual({
      type: 'ProgramMembership',
      identifier: [{ system: 'urn:openspp:vocab:id-type#household_id', value: 'M-1', period: null }],
      program: { ...program('river-valley'), display: 'Program river-valley' },
      beneficiary: { ...group('M-1'), display: 'House M-1' },
      status: 'enrolled',
      enrollmentDate: new Date().toISOString().slice(0, 10),
      exitDate: null,
      exitReason: null,
      meta: { versionId: expect.any(String), lastUpdated: expect.any(String), source: 'urn:openspp:api-client:full' },
    });
    const location = String(made.headers.location);
    expect(location).toBe(`/api/v2/spp${membership('M-1', 'river-valley')}`);
    const followed = await t.send('GET', location.replace('/api/v2/spp', ''));
    expect(followed.body).toEqual(made.body);
    expect(followed.headers.etag).toBe(made.headers.etag);
    expect(followed.headers['x-consent-status']).toBe('legal_basis');
    expect((await t.send('GET', membership('M-1'))).body).toEqual(made.body);
    await make('two');
    const reason = { coding: [{ system: 'urn:x', code: 'moved' }], text: 'Moved away' };
    const dated = await enrol('M-1', 'two', { enrollmentDate: '2025-01-02', exitReason: reason });
    expect(dated.body).toMatchObject({ enrollmentDate: '2025-01-02', exitReason: reason });
  });

  it('B-220 B-221: addresses by beneficiary and program', async () => {
    expect(outcome(await t.send('GET', membership('M-1')))).toEqual([409, 'program_required']);
    expect((await t.send('GET', membership('M-1', 'two'))).body.program.display).toBe('Program two');
    const raw = (value: string) => t.send('GET', `${membership('M-1')}?program=${encodeURIComponent(value)}`);
    expect(outcome(await raw(programId('two')))).toEqual([400, 'program_reference_malformed']);
    expect(outcome(await raw('Program/two'))).toEqual([400, 'program_identifier_malformed']);
    expect(outcome(await raw(`Program/${programId('none')}`))).toEqual([404, 'program_not_found']);
    const notFound = [404, 'program_membership_not_found'];
    expect(outcome(await t.send('GET', membership('M-1', 'ends')))).toEqual(notFound);
    expect(outcome(await t.send('GET', membership('M-none')))).toEqual(notFound);
    expect(outcome(await t.send('GET', '/ProgramMembership/M-1'))).toEqual([400, 'identifier_malformed']);
  });

  it('B-227 B-228 B-229 B-233 E12: refuses memberships', async () => {
    expect(outcome(await enrol('M-1', 'two'))).toEqual([409, 'already_enrolled']);
    expect(outcome(await enrol('M-1', 'none'))).toEqual([422, 'membership_program_not_found']);
    expect(outcome(await enrol('M-none', 'two'))).toEqual([422, 'membership_beneficiary_not_found']);
    const malformed = (more: object) => enrol('M-1', 'two', more).then(outcome);
    expect(await malformed({ program: { reference: 'x|y' } })).toEqual([422, 'membership_program_reference_malformed']);
    expect(await malformed({ program: { reference: 'Program/y' } })).toEqual([
      422,
      'membership_program_identifier_malformed',
    ]);
    expect(await malformed({ beneficiary: { reference: 'x|y' } })).toEqual([
      422,
      'membership_beneficiary_reference_malformed',
    ]);
    expect(await malformed({ beneficiary: { reference: 'Group/y' } })).toEqual([
      422,
      'membership_beneficiary_identifier_malformed',
    ]);
    expect((await enrol('M-1', 'two', { status: 'bogus' })).body.detail[0].type).toBe('literal_error');
    expect((await enrol('M-1', 'two', { program: undefined })).body.detail[0].type).toBe('missing');
    await t.send('POST', '/Individual', { body: person('M-P') });
    const individual = { beneficiary: { reference: `Individual/${nationalId('M-P')}` } };
    expect(await malformed(individual)).toEqual([422, 'beneficiary_kind_mismatch']);
    await t.send('POST', '/Group', { body: household('M-2') });
    expect(outcome(await enrol('M-2', 'ends'))).toEqual([422, 'program_not_active']);
    const fixed = await t.send('PATCH', one('two'), { body: { targetType: 'individual' } });
    expect(outcome(fixed)).toEqual([422, 'target_type_locked']);
  });

  it('B-234 B-235 B-236 B-237: replaces memberships', async () => {
    const sent = { program: program('two'), beneficiary: group('M-1'), status: 'paused', enrollmentDate: null };
    const put = (path: string, more: object = {}, headers = {}) =>
      t.send('PUT', path, { body: { ...sent, ...more }, headers });
    expect(outcome(await put(membership('M-1')))).toEqual([409, 'program_required']);
    const { etag } = (await t.send('GET', membership('M-1', 'two'))).headers;
    expect(outcome(await put(membership('M-1', 'two'), {}, { 'if-match': '"1"' }))).toEqual([409, 'version_conflict']);
    const done = await put(membership('M-1', 'two'), {}, { 'if-match': String(etag) });
    expect(done.status, done.text).toBe(200);
    expect(done.body).toMatchObject({ status: 'paused', enrollmentDate: '2025-01-02' });
    expect((await t.send('GET', membership('M-1', 'river-valley'))).body.status).toBe('enrolled');
    expect(outcome(await put(membership('M-1', 'two'), { program: program('river-valley') }))).toEqual([
      422,
      'membership_program_fixed',
    ]);
    expect(outcome(await put(membership('M-1', 'two'), { beneficiary: group('M-2') }))).toEqual([
      422,
      'membership_beneficiary_fixed',
    ]);
    expect(outcome(await put(membership('M-1', 'ends'), { program: program('ends') }))).toEqual([
      404,
      'program_membership_not_found',
    ]);
    const byBody = await put('/ProgramMembership', { status: 'exited', exitDate: '2026-02-02' });
    expect(byBody.body).toMatchObject({ status: 'exited', exitDate: '2026-02-02', program: program('two') });
    expect((await t.send('PATCH', membership('M-1', 'two'), { body: {} })).status).toBe(405);
  });

  it('B-224 B-225 B-238: searches memberships', async () => {
    const found = async (query: Record<string, string>) => {
      const answer = await t.send('GET', `/ProgramMembership?${new URLSearchParams(query)}`);
      expect(answer.status, answer.text).toBe(200);
      return answer.body.data.map((each: { program: { display: string } }) => each.program.display);
    };
    expect(await found({})).toEqual(['Program two', 'Program river-valley']);
    expect(await found({ beneficiary: group('M-1').reference })).toHaveLength(2);
    expect(await found({ beneficiary: group('M-1').reference.replace('#', '%23') })).toHaveLength(2);
    expect(await found({ beneficiary: group('M-1').reference, status: 'exited' })).toEqual(['Program two']);
    expect(await found({ program: program('river-valley').reference })).toEqual(['Program river-valley']);
    expect(await found({ program: program('none').reference })).toEqual([]);
    expect(await found({ beneficiary: group('M-none').reference })).toEqual([]);
    expect(await found({ status: 'bogus' })).toEqual([]);
    const refused = async (query: string) => outcome(await t.send('GET', `/ProgramMembership?${query}`));
    expect(await refused('beneficiary=x|y')).toEqual([400, 'filter_beneficiary_malformed']);
    expect(await refused('beneficiary=x%7Cy')).toEqual([400, 'filter_beneficiary_malformed']);
    expect(await refused('program=Program/y')).toEqual([400, 'filter_program_malformed']);
    await t.send('PATCH', at('/Group/{}', householdId('M-1')), { body: { active: false } });
    expect((await t.send('GET', membership('M-1', 'two'))).status).toBe(200);
    expect(outcome(await enrol('M-1', 'two'))).toEqual([409, 'already_enrolled']);
  });
});
