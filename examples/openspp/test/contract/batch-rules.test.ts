import { beforeAll, expect, it, vi } from 'vitest';
import type { Bootstrap } from '../../src/bootstrap/index.ts';
import { at, namesOf, nationalId, overEveryServer, person } from '../../testing/index.ts';
import { ask, batchOf, group, individual, issue, one, outcome, post, statuses } from './support/batch.ts';

/** How often somebody has waited on purpose. */
const waits = vi.hoisted(() => ({ count: 0 }));
vi.mock('node:timers/promises', async (load) => {
  const timers = await load<typeof import('node:timers/promises')>();
  const setTimeout: typeof timers.setTimeout = (...given) => {
    waits.count += 1;
    return timers.setTimeout(...given);
  };
  return { ...timers, setTimeout };
});

overEveryServer('$batch: rules and failures', (t) => {
  const { send, stored } = batchOf(t);
  beforeAll(async () => expect((await send('transaction', [post(individual('known'))])).status).toBe(200));

  it('B-249 what is wrong with an entry is said, and is no 500', async () => {
    const answer = await send('batch', [
      post({ ...individual('B249'), birthDate: 'yesterday' }),
      post({ type: 'Individual' }),
      ask('POST', 'Individual'),
      ask('PUT', one('known')),
      {},
      post({ name: 'no kind', identifier: [] }),
      post({ type: 'Patient' }),
      ask('GET', 'Patient/1'),
      ask('GET', 'Individual'),
      ask('GET', 'Individual/known'),
      ask('GET', one('B249-nobody')),
      post(individual('B249', { birthDate: '2999-01-01' })),
      post(group('B249', { member: [{ entity: { reference: 'Group/x|y' } }] })),
    ]);
    expect(new Set(statuses(answer))).toEqual(new Set(['422 Unprocessable Entity']));
    const texts = answer.body.entry.map((_: unknown, index: number) => issue(answer, index).diagnostics);
    expect(texts).toEqual([
      expect.stringContaining('birthDate'),
      expect.stringContaining('identifier'),
      'The entry has no resource.',
      'The entry has no resource.',
      'The entry has no request.',
      expect.stringContaining('Individual, Group'),
      expect.stringContaining('Patient'),
      expect.stringContaining('Patient/1'),
      expect.stringContaining('The url Individual does not'),
      expect.stringContaining('known'),
      `There is no Individual with the identifier ${nationalId('B249-nobody')}.`,
      expect.stringContaining('2999-01-01'),
      expect.stringContaining('Individual/system|value'),
    ]);
    expect(answer.body.entry[0].resource.issue[0]).toMatchObject({ severity: 'error', code: 'invalid' });
    expect((await send('transaction', [post({ type: 'Individual' })])).status).toBe(422);
    // The kind may stand in resourceType (K17).
    const { type: _, ...rest } = individual('B249-k');
    expect(statuses(await send('batch', [post({ resourceType: 'Individual', ...rest })]))).toEqual(['201 Created']);
  });

  it('B-250 GET respects consent, and so does what writes answer', async () => {
    const all = ['individual:all', 'group:all', 'program:all', 'program_membership:all'];
    await t.addClient('by-consent', all, 'consent');
    const consent = {
      status: 'given',
      recipients: ['Tests'],
      effectiveDate: '2020-01-01',
      scopes: [{ resourceType: 'individual', purpose: 'service_delivery', fieldAccess: 'basic' }],
      signatory: one('B250-1'),
    };
    const individuals = [person('B250-1', { birthDate: '1990-05-06' }), person('B250-2')];
    await t.load({ individuals, consents: [consent] } as unknown as Bootstrap);
    t.people.open('by-consent', ...namesOf('B250-1'));
    const started = performance.now();
    waits.count = 0;
    const unreadable = Array.from({ length: 30 }, (_, index) => ask('GET', one(index % 2 ? 'B250-2' : 'B250-nobody')));
    const answer = await send('batch', [ask('GET', one('B250-1')), ...unreadable], 'by-consent');
    // The wait of refused look-ups (contract §8.5) is one for all; a timer that comes early is set once more.
    expect(performance.now() - started).toBeGreaterThan(50);
    expect(waits.count).toBeLessThan(5);
    expect(statuses(answer)[0]).toBe('200 OK');
    expect(Object.keys(answer.body.entry[0].resource).sort()).toEqual(['active', 'identifier', 'meta', 'name', 'type']);
    // Hidden and unknown answer alike.
    expect(new Set(statuses(answer).slice(1))).toEqual(new Set(['403 Forbidden']));
    const texts = answer.body.entry.slice(1).map(({ resource }: { resource: object }) => JSON.stringify(resource));
    expect(new Set(texts).size).toBe(1);
    const written = await send(
      'batch',
      [ask('PUT', one('B250-2'), individual('B250-2')), post(individual('B250-3'))],
      'by-consent',
    );
    expect(statuses(written)).toEqual(['200 OK', '201 Created']);
    for (const { resource } of written.body.entry) expect(resource).not.toHaveProperty('name.given');
    const whole = await send('transaction', [post(individual('B250-4')), ask('GET', one('B250-2'))], 'by-consent');
    expect(outcome(whole)).toEqual([422, 'transaction_failed']);
    expect(await stored('B250-4')).toBe(0);
  });

  it('B-251 too many entries', async () => {
    const gets = (count: number) => Array.from({ length: count }, () => ask('GET', one('known')));
    const [transaction, batch] = [await send('transaction', gets(51)), await send('batch', gets(501))];
    expect(outcome(transaction)).toEqual([400, 'bundle_too_large']);
    expect(transaction.body.detail).toContain('50');
    expect(outcome(batch)).toEqual([400, 'bundle_too_large']);
    expect(batch.body.detail).toContain('500');
    const most = await send('transaction', gets(50));
    expect([most.status, most.body.entry.length]).toEqual([200, 50]);
  });

  it('B-252 entry etag as If-Match', async () => {
    const made = await send('transaction', [post(individual('B252'))]);
    const { response, resource } = made.body.entry[0];
    expect(response.etag).toBe(`"${resource.meta.versionId}"`);
    const changed = await t.send('PATCH', at('/Individual/{}', nationalId('B252')), {
      body: { birthDate: '1990-01-01' },
      headers: { 'if-match': response.etag },
    });
    expect(changed.status).toBe(200);
    // The old one is stale now, in an entry as well.
    const put = (ifMatch: string | undefined) => ask('PUT', one('B252'), individual('B252'), { ifMatch });
    const answer = await send('batch', [put(response.etag), put(changed.headers.etag as string)]);
    expect(statuses(answer)).toEqual(['409 Conflict', '200 OK']);
    expect(issue(answer, 0).code).toBe('conflict');
    const removal = ask('DELETE', one('B252'), undefined, { ifMatch: response.etag });
    expect(outcome(await send('transaction', [removal]))).toEqual([409, 'transaction_failed']);
    // The bundle's own head says nothing about its entries.
    const entry = [ask('PUT', one('B252'), individual('B252'))];
    const own = await t.send('POST', '/$batch', { body: { type: 'batch', entry }, headers: { 'if-match': '"1"' } });
    expect(statuses(own)).toEqual(['200 OK']);
  });

  it('B-253 a storage failure affects its own entry only', async () => {
    // Names of programs are unique for the database, too; a trigger makes it refuse what no rule has foreseen.
    const refuse = `create or replace function refuse() returns trigger language plpgsql as
      $$ begin if new.name like '%REFUSED%' then raise exception 'the storage of % says no', new.name; end if; return new; end $$`;
    await t.orm.em.getConnection().executeDump(refuse);
    await t.orm.em
      .getConnection()
      .executeDump('create trigger refuse before insert on registrant for each row execute function refuse()');
    try {
      const odd = { name: { given: 'Odd', family: 'REFUSED' } };
      const answer = await send('batch', [
        post(individual('B253-1')),
        post(individual('B253-2', odd)),
        post(group('B253-3', { name: 'REFUSED too' })),
        post(individual('B253-4')),
        ask('GET', one('B253-1')),
      ]);
      const failed = '500 Internal Server Error';
      expect(statuses(answer)).toEqual(['201 Created', failed, failed, '201 Created', '200 OK']);
      expect(issue(answer, 1)).toMatchObject({ severity: 'fatal', code: 'exception' });
      // Nothing of the exception is told (F49).
      expect(answer.text).not.toMatch(/storage of|plpgsql|REFUSED|registrant/);
      expect(await Promise.all(['B253-1', 'B253-2', 'B253-3', 'B253-4'].map(stored))).toEqual([1, 0, 0, 1]);
      const whole = await send('transaction', [post(individual('B253-5')), post(individual('B253-6', odd))]);
      expect(whole).toMatchObject({
        status: 500,
        body: { detail: { issue: [{ severity: 'fatal', code: 'exception' }] }, code: 'transaction_failed' },
      });
      expect(whole.text).not.toMatch(/storage of|plpgsql/);
      expect(await stored('B253-5')).toBe(0);
    } finally {
      await t.orm.em.getConnection().executeDump('drop trigger refuse on registrant; drop function refuse()');
    }
  });
});
