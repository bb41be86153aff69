import type { Bootstrap } from '../../../src/bootstrap/index.ts';
import { Consent } from '../../../src/entities/index.ts';
import { namesOf, person, type TestApi } from '../../../testing/index.ts';
import { type ConsentEntry, consentOf, everything } from './consents.ts';

/** Consents of people of their own; `as` is a client whom they name, `other` one whom they do not. */
export function givenConsents(t: TestApi) {
  const as = 'recipient';
  const other = 'private';
  let made = 0;
  let prepared = false;

  async function prepare(): Promise<void> {
    if (prepared) return;
    prepared = true;
    await t.addClient(as, everything, 'consent');
    await t.addClient(other, everything, 'consent', { name: 'A company', type: 'private' });
    await t.addClient('government', everything, 'public_task', { name: 'A ministry', type: 'government' });
  }
  /** A consent of a new person, to the tests' organisation unless told; answers its path, its ids and the person's. */
  async function given(more: Partial<ConsentEntry> = {}) {
    await prepare();
    const who = `CE-${++made}`;
    const terms = { effectiveDate: '2026-01-10', collectionMethod: 'written', ...more } as const;
    const consent = consentOf({ person: who }, [{ fieldAccess: 'all' }], terms);
    await t.load({ individuals: [person(who)], consents: [consent] } as Bootstrap);
    t.people.open(as, ...namesOf(who));
    const em = t.orm.em.fork();
    const { id, externalId } = await em.findOneOrFail(Consent, { signatory: { identifiers: { value: who } } });
    return { id, externalId, path: `/Consent/${externalId}`, who };
  }

  return { as, other, given };
}
