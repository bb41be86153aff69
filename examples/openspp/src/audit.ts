import type { CallContext, Plugin, RouteCall } from '@sallyport/core';
import { type AuditGround, audit } from '@sallyport/plugins/audit';
import { auditedExport, exportRoute } from './export.ts';
import { groupFilters } from './filters/group.ts';
import { individualFilters } from './filters/individual.ts';
import { programFilters } from './filters/program.ts';
import { programMembershipFilters } from './filters/program-membership.ts';
import { consentId } from './methods/consent-look-up.ts';
import { lastDecision } from './policies/consent-mask.ts';
import { callerOf, needsConsent } from './rules/caller.ts';
import type { ConsentKind } from './rules/consents.ts';

const kinds: ReadonlySet<string> = new Set<ConsentKind>(['individual', 'group', 'program_membership']);

/** The legal basis of the caller; where that is consent, the one that has decided, and what it was given for. */
function groundOf(call: CallContext, resource: string | undefined): AuditGround {
  const basis = callerOf(call)?.legalBasis || 'consent';
  if (!needsConsent(call) || !kinds.has(resource ?? '')) return { basis };
  const decision = lastDecision(call, resource as ConsentKind);
  return { basis, authority: decision?.consent, purpose: decision?.purpose };
}

interface WithIdentifiers {
  readonly identifier?: unknown;
}

/** The first identifier of a body, `system|value`: what a record that was not made would have been called (§27.7). */
function firstSent({ body }: RouteCall): string | undefined {
  if (body.kind !== 'json') return undefined;
  const { identifier } = (body.value ?? {}) as WithIdentifiers;
  const [first] = (Array.isArray(identifier) ? identifier : []) as {
    readonly system?: unknown;
    readonly value?: unknown;
  }[];
  if (typeof first?.system !== 'string' || typeof first.value !== 'string') return undefined;
  return `${first.system}|${first.value}`;
}

/** The filters of each resource. */
const filters: Readonly<Record<string, { readonly filters: object }>> = {
  individual: individualFilters,
  group: groupFilters,
  program: programFilters,
  program_membership: programMembershipFilters,
};

interface Nodes {
  readonly field?: unknown;
  readonly conditions?: unknown;
  readonly filters?: unknown;
  readonly additional_filters?: unknown;
}

/** Names of filters that the body of a search uses, of those that there are. How deep a body is has been judged. */
function filtersUsed({ body, resource = '', operation }: RouteCall): readonly string[] {
  const known = filters[resource]?.filters;
  if (known === undefined || operation !== 'search' || body.kind !== 'json') return [];
  const used = new Set<string>();
  const walk = (node: unknown): void => {
    if (Array.isArray(node)) {
      for (const each of node) walk(each);
      return;
    }
    const { field, conditions, filters: first, additional_filters: more } = (node ?? {}) as Nodes;
    if (typeof field === 'string' && Object.hasOwn(known, field)) used.add(field);
    for (const below of [conditions, first, more]) if (typeof below === 'object') walk(below);
  };
  walk(body.value);
  return [...used];
}

/** The audit of the API (contract §20.2, §27.19): every call on a resource, by the names of the original's operations. */
export function openSppAudit(): Plugin {
  return audit({
    operations: { replace: 'update', update: 'patch' },
    routes: { [exportRoute]: auditedExport },
    ground: (call, record) => groundOf(call, record?.resource ?? call.resource),
    parameters: filtersUsed,
    identifier: (call) => (call.resource === 'consent' ? consentId(call) : firstSent(call)),
  });
}
