import { expect, it } from 'vitest';
import { membershipStates } from '../src/entities/index.ts';
import type { TestApi } from '../testing/index.ts';
import { at, nationalId, outcome, overEachDatabase, person, personReference } from '../testing/index.ts';

/** A change of state that the stricter rules allow, as `from→to`. */
const allowed = new Set([
  ...membershipStates.map((to) => `draft→${to}`),
  ...membershipStates.map((state) => `${state}→${state}`),
  'enrolled→paused',
  'paused→enrolled',
  ...['enrolled', 'paused'].flatMap((from) => ['exited', 'not_eligible', 'duplicated'].map((to) => `${from}→${to}`)),
  'exited→enrolled',
]);

/** Programs for people, and a person enrolled in one with a state. */
function enrolments(t: TestApi) {
  const program = { reference: 'Program/urn:openspp:program|states' };
  let made = 0;
  const path = (who: string) => at('/ProgramMembership/{}', nationalId(who));
  return {
    path,
    /** Makes the program, once. */
    async prepare(): Promise<void> {
      if (made > 0) return;
      const identifier = [{ system: 'urn:openspp:program', value: 'states' }];
      const programType = { coding: [{ system: 'urn:openspp:vocab:program-type', code: 'cash-transfer' }] };
      const body = { identifier, name: 'States', targetType: 'individual', programType };
      expect((await t.send('POST', '/Program', { body })).status).toBe(201);
    },
    async enrolled(status: string, registrar = 'full'): Promise<string> {
      const who = `state-${++made}`;
      await t.send('POST', '/Individual', { body: person(who), as: registrar });
      const body = { program, beneficiary: personReference(who), status };
      const answer = await t.send('POST', '/ProgramMembership', { body });
      expect(answer.status, answer.text).toBe(201);
      return who;
    },
    change: (who: string, status: string, as = 'full') =>
      t.send('PUT', path(who), { body: { program, beneficiary: personReference(who), status }, as }),
  };
}

overEachDatabase('states of program memberships', (t) => {
  const { prepare, enrolled, change } = enrolments(t);

  it('22.7 any change is possible while nobody asks for the stricter rules', async () => {
    await prepare();
    const who = await enrolled('duplicated');
    for (const status of ['enrolled', 'not_eligible', 'draft', 'exited', 'paused']) {
      const { body } = await change(who, status);
      expect(body.status).toBe(status);
    }
  });
});

overEachDatabase(
  'states of program memberships under the stricter rules',
  (t) => {
    const { prepare, enrolled, change, path } = enrolments(t);

    it('22.7 E15 a state is left for those that may follow it, and for no other', async () => {
      await prepare();
      for (const from of membershipStates) {
        for (const to of membershipStates) {
          const who = await enrolled(from);
          const answer = await change(who, to);
          const told = `${from}→${to}`;
          if (allowed.has(told)) expect([told, answer.status, answer.body.status]).toEqual([told, 200, to]);
          else {
            expect([told, ...outcome(answer)]).toEqual([told, 422, 'status_change_not_allowed']);
            expect(answer.body.detail).toMatch(new RegExp(`\\b${from}\\b.*\\b${to}\\b`));
            expect((await t.send('GET', path(who))).body.status).toBe(from);
          }
        }
      }
    });

    it('22.7 E15 who may not read the membership is not told what it was', async () => {
      await prepare();
      await t.addClient('states-by-consent', ['individual:create', 'program_membership:all'], 'consent');
      await t.addClient('states-unread', ['program_membership:update']);
      // A client names whom it has registered.
      const who = await enrolled('not_eligible', 'states-by-consent');
      const refused = await change(who, 'enrolled', 'states-unread');
      expect(outcome(refused)).toEqual([422, 'status_change_not_allowed']);
      expect(refused.text).not.toContain('not_eligible');
      // Nor, by consents, that there is one.
      expect(outcome(await change(who, 'enrolled', 'states-by-consent'))).toEqual([403, 'access_denied']);
    });
  },
  { STRICT_MEMBERSHIP_STATES: 'yes' },
);
