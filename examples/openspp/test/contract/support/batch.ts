import { Identifier } from '../../../src/entities/index.ts';
import type { Answer, Options, TestApi } from '../../../testing/index.ts';
import { nationalId, person } from '../../../testing/index.ts';

/** What contract tests of `$batch` send. */
export interface Entry {
  readonly fullUrl?: string;
  readonly request?: object;
  readonly resource?: object;
}

const idType = 'urn:openspp:vocab:id-type';
export const programId = (value: string) => `urn:openspp:program|${value}`;

export const individual = (value: string, more: object = {}) => ({ type: 'Individual', ...person(value), ...more });
export const group = (value: string, more: object = {}) => ({
  type: 'Group',
  identifier: [{ system: `${idType}#household_id`, value }],
  name: `House ${value}`,
  ...more,
});
export const program = (value: string, more: object = {}) => ({
  type: 'Program',
  identifier: [{ system: 'urn:openspp:program', value }],
  name: `Program ${value}`,
  programType: { coding: [{ system: 'urn:openspp:vocab:program-type', code: 'cash-transfer' }] },
  targetType: 'individual',
  ...more,
});
export const membership = (programReference: string, beneficiary: string, more: object = {}) => ({
  type: 'ProgramMembership',
  program: { reference: programReference },
  beneficiary: { reference: beneficiary },
  status: 'enrolled',
  ...more,
});

export const post = (resource: object, fullUrl?: string): Entry => ({
  ...(fullUrl === undefined ? {} : { fullUrl }),
  request: { method: 'POST', url: (resource as { type?: string }).type ?? 'Individual' },
  resource,
});
export const ask = (method: string, url: string, resource?: object, more: object = {}): Entry => ({
  request: { method, url, ...more },
  ...(resource === undefined ? {} : { resource }),
});
export const one = (value: string) => `Individual/${nationalId(value)}`;

/** The status lines of all entries. */
export const statuses = ({ body }: Answer): string[] =>
  body.entry.map(({ response }: { response: { status: string } }) => response.status);
/** The issue of an entry that has failed. */
export const issue = ({ body }: Answer, index: number) => body.entry[index].resource.issue[0];
export const outcome = ({ status, body }: Answer) => [status, body.code];

/** `$batch` of one API. */
export const batchOf = (t: TestApi) => ({
  send: (type: string, entry: readonly Entry[] | undefined, as: Options['as'] = 'full') =>
    t.send('POST', '/$batch', {
      as,
      body: { resourceType: 'Bundle', type, ...(entry === undefined ? {} : { entry }) },
    }),
  /** How many rows hold an identifier of this value. */
  stored: (value: string) => t.orm.em.fork().count(Identifier, { value }),
});
