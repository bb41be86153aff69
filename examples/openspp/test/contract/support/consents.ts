import type { Bootstrap } from '../../../src/bootstrap/index.ts';
import { at, householdId, namesOf, nationalId, outcome, person, type TestApi } from '../../../testing/index.ts';

export type ConsentEntry = NonNullable<Bootstrap['consents']>[number];
export type Scope = ConsentEntry['scopes'][number];

export const everything = ['individual:all', 'group:all', 'program:all', 'program_membership:all'];
export const denied = [403, 'access_denied'];
export const names = (body: object): string[] => Object.keys(body).sort();
export const daysFromNow = (days: number): string =>
  new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
export const today = (): string => daysFromNow(0);
/** What every scope of `basic` shows. */
export const basicFields = ['active', 'identifier', 'meta', 'name', 'type'];

/** A consent that lasts, of a person or a group, to the tests' organisation unless told. */
export function consentOf(
  subject: { readonly person: string } | { readonly group: string },
  scopes: readonly Partial<Scope>[],
  more: Partial<ConsentEntry> = {},
): ConsentEntry {
  return {
    ...('person' in subject
      ? { signatory: `Individual/${nationalId(subject.person)}` }
      : { group: `Group/${householdId(subject.group)}` }),
    status: 'given',
    ...(more.recipientMode === 'category' ? {} : { recipients: ['Tests'] }),
    effectiveDate: '2020-01-01',
    scopes: scopes.map((scope) => ({ resourceType: 'individual', purpose: 'service_delivery', ...scope })),
    ...more,
  };
}

const whole = {
  birthDate: '1990-05-06',
  telecom: [{ system: 'phone', use: 'mobile', value: '+256700000001' }],
  address: [{ city: 'Mbarara' }],
};

/** People and consents of one API, and clients that depend on them; nobody may read a name that is not opened. */
export function consents(t: TestApi) {
  const as = 'by-consent';
  let made = 0;
  const prepared = new WeakSet<object>();
  const calls = {
    as,
    fresh: (prefix: string) => `${prefix}-${++made}`,
    /** Makes the clients, once for each API. */
    async prepare(): Promise<void> {
      if (prepared.has(t.api)) return;
      prepared.add(t.api);
      await t.addClient(as, everything, 'consent');
      await t.addClient('private', everything, 'consent', { name: 'A company', type: 'private' });
      await t.addClient('government', everything, 'consent', { name: 'A ministry', type: 'government' });
      await t.addClient('other-ngo', everything, 'consent', { name: 'Another NGO', type: 'ngo' });
    },
    load: (...entries: readonly ConsentEntry[]) => t.load({ consents: [...entries] }),
    /** A person with some consents. */
    async registered(
      scopes: readonly Partial<Scope>[] | undefined = undefined,
      more: Partial<ConsentEntry> = {},
      body: object = whole,
    ): Promise<string> {
      await calls.prepare();
      const id = calls.fresh('C');
      await t.load({ individuals: [person(id, body)] } as Bootstrap);
      if (scopes !== undefined) await calls.load(consentOf({ person: id }, scopes, more));
      return id;
    },
    /** A household of some people. */
    async house(...members: readonly string[]): Promise<string> {
      const value = calls.fresh('CG');
      const member = members.map((id) => ({ entity: { reference: `Individual/${nationalId(id)}` } }));
      const identifier = [{ system: 'urn:openspp:vocab:id-type#household_id', value }];
      await t.load({
        groups: [{ identifier, name: `House ${value}`, ...(members.length === 0 ? {} : { member }) }],
      } as Bootstrap);
      return value;
    },
    path: (id: string) => at('/Individual/{}', nationalId(id)),
    read: (id: string, client = as) => t.send('GET', calls.path(id), { as: client }),
    /** A read by a client that may see whoever it is. */
    async shown(id: string, client = as) {
      t.people.open(client, ...namesOf(id));
      const answer = await calls.read(id, client);
      if (answer.status !== 200) throw new Error(`${id} is not shown to ${client}: ${answer.text}`);
      return answer;
    },
    outcomes: async (ids: readonly string[], client = as) => {
      const found = [];
      for (const id of ids) found.push(outcome(await calls.read(id, client)));
      return found;
    },
  };
  return calls;
}
