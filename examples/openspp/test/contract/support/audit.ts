import { AuditEntry, AuditService } from '@sallyport/plugins/audit';
import { Consent } from '../../../src/entities/index.ts';
import { namesOf, type TestApi } from '../../../testing/index.ts';
import { consents } from './consents.ts';

/** What the audit has kept since the last time; it is taken away. */
export async function takeAudit(t: TestApi) {
  await t.api.services.resolve(AuditService).flush();
  const em = t.orm.em.fork();
  const entries = await em.find(AuditEntry, {}, { orderBy: { id: 'asc' } });
  await em.nativeDelete(AuditEntry, {});
  return entries;
}

/** People whose records are looked at, by a client `reader` and by one that depends on consents. */
export function auditCalls(t: TestApi) {
  const { as, fresh, path, prepare, registered } = consents(t);
  let prepared = false;

  /** Makes the clients, once. */
  async function ready(): Promise<void> {
    if (prepared) return;
    prepared = true;
    await prepare();
    await t.addClient('reader', ['individual:read']);
  }
  /** A person with a consent to what is basic, for research; answers both their ids. */
  async function consenting(more: object = {}) {
    await ready();
    const id = await registered([{ fieldAccess: 'basic', purpose: 'research' }], {}, more);
    t.people.open(as, ...namesOf(id));
    const consent = await t.orm.em.fork().findOneOrFail(Consent, { signatory: { identifiers: { value: id } } });
    return { id, consent: consent.externalId };
  }

  return { as, fresh, one: path, ready, consenting, kept: () => takeAudit(t) };
}
