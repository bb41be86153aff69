import { type Plugin, SallyportError } from '@sallyport/core';
import { type BundleEntry, bundle } from '@sallyport/plugins/bundle';
import { fault, type OpenSppErrorCode } from './errors.ts';

/** What entries can name (contract §13.2, and programs and memberships besides). */
const resources = {
  Individual: 'individual',
  Group: 'group',
  Program: 'program',
  ProgramMembership: 'program_membership',
} as const;

const named: ReadonlySet<string> = new Set<OpenSppErrorCode>([
  'individual_not_found',
  'group_not_found',
  'program_not_found',
  'program_membership_not_found',
]);

type Facts = Readonly<Record<string, string>>;

/** The plugin's own faults in the catalogue: [X1] to [X7], [X12]. */
const own: Readonly<Record<string, OpenSppErrorCode>> = {
  bundle_type_unsupported: 'bundle_type_unsupported',
  bundle_empty: 'bundle_empty',
  bundle_too_large: 'bundle_too_large',
  entry_request_missing: 'entry_request_missing',
  entry_method_unsupported: 'entry_method_unsupported',
  entry_url_malformed: 'entry_url_malformed',
  entry_resource_missing: 'entry_resource_missing',
};

const textsOf = (facts: SallyportError['facts']): Facts =>
  Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, String(value)]));

/** Statuses of failed entries that stay as they are; other faults of a caller's are 422 (contract §13.5). */
const kept: ReadonlySet<number> = new Set([403, 409, 413, 422, 429]);

/** Faults of bundles and their entries in the words and statuses of the contract (§2.4, §13.5). */
function told(error: SallyportError, entry: BundleEntry | undefined): SallyportError {
  const { code, status, facts } = error;
  if (code === 'entry_kind_unsupported') {
    const kind = facts.kind === '' ? 'missing' : `"${facts.kind}"`;
    return fault('entry_type_unsupported', { kind }, { cause: error });
  }
  const known = own[code];
  if (known !== undefined) return fault(known, textsOf(facts), { cause: error });
  if (code === 'transaction_failed') {
    // [X11] has three statuses.
    const whole = status === 409 || status >= 500 ? Math.min(status, 500) : 422;
    return new SallyportError(code, { status: whole, detail: fault(code, textsOf(facts)).detail, facts, cause: error });
  }
  if (entry === undefined) return error;
  const { kind = '', key = '' } = entry;
  if (code === 'scope_missing') {
    const [resource = '', action = ''] = String(facts.scope).split(':');
    return fault('entry_scope_missing', { resource, action }, { cause: error });
  }
  if (code === 'schema_violation') {
    const property = error.issues.map(({ path }) => path.join('.')).join(', ') || 'resource';
    return fault('entry_schema_violation', { property }, { cause: error });
  }
  if (code === 'identifier_malformed' && key !== '' && !key.includes('|')) {
    return fault('entry_identifier_malformed', { value: key }, { cause: error });
  }
  if (named.has(code) && key !== '')
    return fault('entry_target_not_found', { kind, identifier: key }, { cause: error });
  if (status >= 500 || kept.has(status) || code === 'request_rejected') return error;
  const { detail, headers } = error;
  return new SallyportError(code, { status: 422, detail, facts, headers, cause: error });
}

/** `POST /$batch` (contract §13): transactions of 50 entries, batches of 500. */
export function bundles(): Plugin {
  return bundle({
    resources,
    methods: ['GET', 'POST', 'PUT', 'DELETE'],
    kindIn: ['type', 'resourceType'],
    urls: 'raw',
    limits: { transaction: 50, batch: 500 },
    nulls: 'print',
    told,
    tags: ['Bundle'],
  });
}
