import { type MethodRun, method } from '@sallyport/core';
import { Organization } from '../entities/index.ts';
import { fault } from '../errors.ts';
import { callerOf } from '../rules/caller.ts';
import { withdrawConsent } from '../rules/consent-changes.ts';
import { accessSummary } from './consent-access.ts';
import { consentId, consentKeys, visibleConsent } from './consent-look-up.ts';
import { receipt } from './consent-receipt.ts';
import {
  accessSchema,
  consentInPath,
  consentSchema,
  historySchema,
  receiptSchema,
  withdrawalSchema,
} from './consent-schemas.ts';

/** Every caller that is recognised may ask; what a consent shows depends on whom it names. */
const common = {
  on: 'collection',
  scope: 'authenticated',
  pathParameters: { consent: consentInPath },
} as const;
const notThere = { responses: { 404: { description: 'There is no such consent, or not for the caller.' } } } as const;
const longestReason = 1000;
const summary = 'Withdraw a consent';

/** The name of the caller's organisation, and its legal basis. */
async function granteeOf(call: MethodRun): Promise<{ readonly name: string; readonly legalBasis: string } | undefined> {
  const caller = callerOf(call);
  if (caller === undefined) return undefined;
  const { organization, legalBasis } = caller;
  const found = await call.unit(({ em }) => em.findOneOrFail(Organization, organization, { fields: ['name'] }));
  return { name: found.name, legalBasis };
}

/** `GET /Consent/{cid}`: 200 whatever there is (contract §16.1). */
const show = method({
  ...common,
  verb: 'GET',
  path: '{consent}',
  summary: 'Tell the state of a consent',
  description:
    'Always 200: a consent that there is none of, or that the caller is no recipient of, has the status not_found.',
  output: consentSchema,
  async run(call) {
    const fields = ['consent_id', 'status', 'effective_date', 'expiry_date', 'scopes'];
    const found = await visibleConsent(call, fields);
    const caller = found && (await granteeOf(call));
    const {
      consent_id = null,
      status = 'not_found',
      effective_date = null,
      expiry_date = null,
      scopes = [],
    } = found ?? {};
    return {
      consent_id,
      status,
      // Of the caller, not of the consent.
      grantee: caller?.name ?? null,
      effective_date,
      expiry_date,
      scopes,
      legal_basis: caller?.legalBasis ?? null,
    };
  },
});

async function withdraw(call: MethodRun, reason: string | null) {
  const id = await consentKeys(call);
  const by = callerOf(call)?.name ?? null;
  const withdrawal = { by, at: call.now, reason, channel: 'api' } as const;
  if (id === undefined || !(await withdrawConsent(call.inUnit.em, id, withdrawal))) {
    throw fault('active_consent_not_found');
  }
  return {
    consent_id: consentId(call),
    status: 'withdrawn',
    revoked_at: call.now.toISOString().replace('Z', '000Z'),
    message: 'The withdrawal is recorded. This consent opens no data any more.',
  };
}

/** `POST /Consent/{cid}/$revoke` (contract §16.2). */
const revoke = method({
  ...common,
  path: '{consent}/$revoke',
  summary,
  inputOptional: true,
  input: {
    type: 'object',
    properties: { reason: { type: ['string', 'null'], maxLength: longestReason, description: 'Why it is withdrawn.' } },
  },
  output: withdrawalSchema,
  ...notThere,
  run: (call) => withdraw(call, (call.input as { readonly reason?: string | null } | undefined)?.reason ?? null),
});

/** `DELETE /Consent/{cid}`: the same (contract §16.3). */
const revokeByDelete = method({
  ...common,
  verb: 'DELETE',
  path: '{consent}',
  summary,
  parameters: [
    { name: 'reason', schema: { type: 'string', maxLength: longestReason }, description: 'Why it is withdrawn.' },
  ],
  output: withdrawalSchema,
  ...notThere,
  run: (call) => withdraw(call, (call.parameters.reason as string | undefined) ?? null),
});

/** `GET /Consent/{cid}/$history` (contract §16.5). */
const history = method({
  ...common,
  verb: 'GET',
  path: '{consent}/$history',
  summary: 'List the versions of a consent',
  output: historySchema,
  ...notThere,
  async run(call) {
    const found = await visibleConsent(call, ['consent_id', 'history']);
    if (found === undefined) throw fault('consent_not_found');
    const versions = found.history ?? [];
    return { consent_id: found.consent_id, current_version: versions[0]?.version ?? 0, history: versions };
  },
});

/** `GET /Consent/{cid}/$receipt` (contract §16.4). */
const printReceipt = method({
  ...common,
  verb: 'GET',
  path: '{consent}/$receipt',
  summary: 'Print a receipt of a consent',
  output: receiptSchema,
  ...notThere,
  run: receipt,
});

/** `GET /Consent/{cid}/$access-summary` (contract §16.6). */
const access = method({
  ...common,
  verb: 'GET',
  path: '{consent}/$access-summary',
  summary: 'Count what was seen by a consent',
  parameters: [
    { name: 'date_from', schema: { type: 'string' }, description: 'First day, YYYY-MM-DD.' },
    { name: 'date_to', schema: { type: 'string' }, description: 'Last day, YYYY-MM-DD.' },
  ],
  output: accessSchema,
  ...notThere,
  run: accessSummary,
});

/** The consent endpoints (contract §16). */
export const consentMethods = {
  status: show,
  revoke,
  revokeByDelete,
  receipt: printReceipt,
  history,
  accessSummary: access,
} as const;
