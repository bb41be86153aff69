import { expect, it } from 'vitest';
import { ApiClient, Identifier, Program } from '../src/entities/index.ts';
import { at, basePath, nationalId, overEachDatabase } from '../testing/index.ts';
import {
  ask,
  batchOf,
  individual,
  issue,
  membership,
  one,
  outcome,
  post,
  program,
  programId,
  statuses,
} from './contract/support/batch.ts';

overEachDatabase('$batch', (t) => {
  const { send } = batchOf(t);

  it('13.2 programs and memberships, which the original has not', async () => {
    const enrolled = `ProgramMembership/${nationalId('B245p')}?program=Program/${programId('b245')}`;
    const answer = await send('transaction', [
      post(individual('B245p'), 'urn:uuid:person'),
      post(program('b245'), 'urn:uuid:program'),
      post(program('b245-too')),
      post(membership('urn:uuid:program', 'urn:uuid:person')),
      post(membership(`Program/${programId('b245-too')}`, 'urn:uuid:person', { status: 'draft' })),
      ask('GET', enrolled),
      ask('PUT', enrolled, membership('urn:uuid:program', 'urn:uuid:person', { status: 'paused' })),
      ask('PUT', `Program/${programId('b245')}`, program('b245', { description: 'Changed' })),
      ask('GET', `Program/${programId('b245')}`),
    ]);
    expect(answer.status, answer.text).toBe(200);
    const [, made, , enrolment, , shown, paused, , last] = answer.body.entry;
    expect(made.response.location).toBe(`${basePath}/Program/${encodeURIComponent(programId('b245'))}`);
    expect(shown.resource).toMatchObject({
      status: 'enrolled',
      program: { reference: `Program/${programId('b245')}` },
    });
    expect(paused.resource.status).toBe('paused');
    expect(last.resource.description).toBe('Changed');
    // The location that was answered names the same membership, in a call and in an entry.
    const { location } = enrolment.response;
    expect((await t.send('GET', location.slice(basePath.length))).body).toEqual(paused.resource);
    const again = await send('batch', [
      ask('GET', location.slice(basePath.length + 1)),
      ask('DELETE', `Program/${programId('b245')}`),
    ]);
    expect(again.body.entry[0].resource).toEqual(paused.resource);
    expect(issue(again, 1).diagnostics).toContain('DELETE');
  });

  it('13.1 the most that is allowed is done', async () => {
    const nothing = await send(
      'batch',
      Array.from({ length: 500 }, () => ({})),
    );
    expect([nothing.status, nothing.body.entry.length]).toEqual([200, 500]);
    // As many creates take an embedded database long.
    const count = t.database === 'postgresql' ? 500 : 50;
    const entries = Array.from({ length: count }, (_, index) => post(individual(`B251-${index}`), `urn:uuid:${index}`));
    const answer = await send('batch', entries);
    expect(new Set(statuses(answer))).toEqual(new Set(['201 Created']));
    expect(await t.orm.em.fork().count(Identifier, { value: { $like: 'B251-%' } })).toBe(count);
  }, 180_000);

  it('13.3 keeps what was there when a transaction fails late', async () => {
    await send('transaction', [post(program('late'))]);
    const before = await t.orm.em.fork().count(Program);
    const answer = await send('transaction', [
      ask('PUT', `Program/${programId('late')}`, program('late', { description: 'Changed' })),
      post(program('late-2')),
      post(program('late-3', { name: 'Program late' })),
    ]);
    expect(outcome(answer)).toEqual([409, 'transaction_failed']);
    expect(await t.orm.em.fork().count(Program)).toBe(before);
    expect((await t.send('GET', at('/Program/{}', programId('late')))).body.description).toBeNull();
  });
});

overEachDatabase(
  '$batch under limits',
  (t) => {
    it('counts each entry of a client (contract §3.6)', async () => {
      await t.addClient('busy', ['individual:all']);
      await t.orm.em.fork().nativeUpdate(ApiClient, { clientId: 'busy' }, { rateLimitPerMinute: 60 });
      const get = ask('GET', one('nobody'));
      const body = { type: 'batch', entry: Array.from({ length: 61 }, () => get) };
      const answer = await t.send('POST', '/$batch', { as: 'busy', body });
      const told = answer.body.entry.map(({ response }: { response: { status: string } }) => response.status);
      // The bundle itself is one of the sixty.
      expect(told.slice(0, 59).every((status: string) => status.startsWith('422'))).toBe(true);
      expect(told.slice(59)).toEqual(['429 Too Many Requests', '429 Too Many Requests']);
      expect(answer.headers['x-ratelimit-remaining']).toBe('0');
    });
  },
  { CALL_LIMITS: 'true' },
);
