import { expect } from 'vitest';
import type { Bootstrap } from '../../../src/bootstrap/index.ts';
import { namesOf, nationalId, person, type TestApi } from '../../../testing/index.ts';
import { takeAudit } from './audit.ts';
import { everything } from './consents.ts';
import { sharePassport } from './twins.ts';

/** The media type of streams. */
export const accept = 'application/x-ndjson';
/** The client that depends on consents. */
export const as = 'by-consent';

/** What an export answers of an identifier. */
export interface Item {
  readonly identifier: string;
  readonly status: string;
  readonly resource?: Readonly<Record<string, unknown>>;
  readonly error?: string;
}

/** What a consent opens. */
export interface Scope {
  readonly resourceType?: 'individual' | 'group';
  readonly fieldAccess?: 'all' | 'basic' | 'custom';
  readonly customFields?: readonly string[];
  readonly includeExtensions?: boolean;
}

interface Options {
  readonly as?: string;
  readonly type?: unknown;
  readonly more?: object;
}

/** People with consents, and what exports of them answer and leave behind. */
export function exportCalls(t: TestApi) {
  let made = 0;
  const prepared = new WeakSet<TestApi>();

  async function ready() {
    if (prepared.has(t)) return;
    prepared.add(t);
    await t.addClient(as, everything, 'consent');
    await t.addClient('people-only', ['individual:read']);
    await t.addClient('searches', ['individual:search', 'group:search']);
    await t.addClient('few', [{ scope: 'individual:read', fields: ['name'] }]);
  }
  const consent = (id: string, scope: object) => ({
    signatory: `Individual/${nationalId(id)}`,
    status: 'given',
    recipients: ['Tests'],
    scopes: [{ resourceType: 'individual', purpose: 'research', ...scope }],
  });
  /** A person, with a consent to the tests' organisation where a scope of it is given. */
  async function registered(scope?: Scope, more: object = {}) {
    await ready();
    const id = `E-${++made}`;
    const consents = scope === undefined ? [] : [consent(id, scope)];
    // The canary of the tests holds every other name against an answer.
    const { resourceType = 'individual', fieldAccess = 'basic' } = scope ?? { resourceType: 'group' };
    if (resourceType === 'individual' && fieldAccess !== 'custom') t.people.open(as, ...namesOf(id));
    const whole = { birthDate: '1990-05-06', address: [{ city: 'Mbarara' }], ...more };
    await t.load({ individuals: [person(id, whole)], consents } as Bootstrap);
    return id;
  }
  /** Two people of whom each has a second identifier, the same one. */
  async function twins(...scopes: readonly (Scope | undefined)[]) {
    const twin = `T-${++made}`;
    const values: string[] = [];
    for (const scope of scopes) values.push(await registered(scope));
    return sharePassport(t, twin, ...values);
  }
  const send = (identifiers: unknown, { as: client = 'full', type = 'Individual', more = {} }: Options = {}) =>
    t.send('POST', '/$bulk/export', { as: client, body: { type, identifiers, ...more } });
  async function items(identifiers: readonly string[], options: Options = {}): Promise<readonly Item[]> {
    const answer = await send(identifiers, options);
    expect(answer.status, answer.text).toBe(200);
    const { total, successful, failed, items: all } = answer.body;
    expect(total).toBe(identifiers.length);
    expect(successful + failed).toBe(total);
    expect(all.filter(({ status }: Item) => status === 'success')).toHaveLength(successful);
    expect(all.map(({ identifier }: Item) => identifier)).toEqual(identifiers);
    return all;
  }
  const stream = (path: string, client = 'full') => t.send('GET', path, { as: client, headers: { accept } });
  const statuses = (all: readonly Item[]) => all.map(({ status }) => status);
  const textOf = async (path: string, client = 'full') => (await t.send('GET', path, { as: client })).body.detail;
  async function kept() {
    const entries = await takeAudit(t);
    return entries.map(({ kind, operation, resource, identifier, results, authority, status, error }) =>
      [kind, operation, resource, identifier, results, authority !== null, status, error].join('; '),
    );
  }
  /** The records of a streamed answer. */
  const lines = (text: string) =>
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  /** A name that nothing else has. */
  const fresh = (kind: string) => `${kind}-${++made}`;

  return { ready, registered, twins, send, items, stream, lines, statuses, textOf, kept, fresh };
}
