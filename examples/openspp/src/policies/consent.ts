import { setTimeout as delay } from 'node:timers/promises';
import {
  type CallContext,
  everything,
  type Policy,
  type RouteCall,
  type SallyportError,
  Selection,
  type ToManyProperty,
  where,
} from '@sallyport/core';
import type { ConsentScope } from '../entities/index.ts';
import { fault, type OpenSppErrorCode, said } from '../errors.ts';
import { needsConsent, sourceOf } from '../rules/caller.ts';
import { type ConsentKind, hidesField, opened, openedWith } from '../rules/consents.ts';
import { decisionReader, remember, shownBy } from './consent-mask.ts';

/** Shortest and longest wait of an answer that must not tell whether somebody is registered (contract §8.5). */
const leastDelay = 50;
const mostDelay = 70;
const begun = Symbol('openspp.begun');
const waited = Symbol('openspp.waited');
const sortable = Symbol('openspp.sortable');

const none: ReadonlySet<string> = new Set();

/** Fields that lists can be sorted by; a list is sorted by the name where nobody says otherwise. */
const sortFields = ['name', 'birthDate', 'meta'] as const;

/**
 * Consents decide what a client whose legal basis is consent may read of people, groups and their enrolments (contract
 * §8): which records, which fields of each, and what it may search and sort by. It writes without them (K23); what
 * comes back of a record that it may not read is which one it is, and its version (F1).
 */
export function consentPolicy(kind: ConsentKind): Policy {
  return {
    name: `consent-${kind}`,
    applies: needsConsent,
    async prepare(call) {
      const { state } = call.outer ?? call;
      if (!state.has(begun)) state.set(begun, performance.now());
      if (isSearch(call, kind)) await learnOrders(kind, call);
    },
    condition: (call, model) => opened(kind, model, call),
    changes: () => everything,
    // Who registered somebody may say so: nobody else's record can be guessed by it.
    refers(call, model) {
      const readable = opened(kind, model, call);
      const on = where<{ sourceSystem: string | null }>(model);
      const source = sourceOf(call);
      return source === null ? readable : on.or(readable, on.eq('sourceSystem', source));
    },
    writes: () => undefined,
    sorts: (call) => (call.state.get(sortable) as ReadonlySet<string> | undefined) ?? none,
    mask(selection) {
      const read = decisionReader(kind, selection);
      return (row, call) => {
        const decision = read(row);
        remember(call, kind, decision);
        return shownBy(decision);
      };
    },
    showing: (call, model, fields) => openedWith(kind, model, call, fields),
    missed: hesitate,
  };
}

/**
 * Waits until hidden, unknown and ambiguous records have taken equally long (contract §8.5). Once a call, and once for all
 * entries of a bundle.
 */
export async function hesitate(call: CallContext): Promise<void> {
  const { state } = call.outer ?? call;
  if (state.has(waited)) return;
  state.set(waited, true);
  const start = (state.get(begun) as number | undefined) ?? performance.now();
  const due = start + leastDelay + Math.random() * (mostDelay - leastDelay);
  // A timer may come a little early.
  while (performance.now() < due) await delay(Math.max(1, due - performance.now()));
}

/** A call on its route: policies are asked of the program's own calls too, and those search nothing. */
const isSearch = (call: CallContext, kind: ConsentKind): call is RouteCall =>
  call.operation === 'search' && call.resource === kind;

/** Learns which fields no consent hides: by others the order of a page would tell what is hidden. */
async function learnOrders(kind: ConsentKind, call: RouteCall): Promise<void> {
  if (kind === 'program_membership' || call.state.has(sortable)) return;
  const { reader } = call;
  const { plan } = call.records(kind);
  // Both are relations of the entity.
  const consents = plan.model.properties.get('signedConsents') as ToManyProperty;
  const { target } = consents.target.properties.get('scopes') as ToManyProperty;
  const on = where<ConsentScope>(target);
  const open = new Set<string>();
  for (const field of sortFields) {
    const selection = new Selection(target);
    selection.column(target.primaryKey);
    const condition = hidesField(kind, call, field)(on);
    const { rows } = await reader.read({ selection, where: condition, order: [], limit: 1 }, call);
    if (rows.length === 0) open.add(field);
  }
  call.state.set(sortable, open);
}

/** "Not found" for who may know it; for everybody else the one answer that tells nothing (contract §27.4). */
export function notFound(
  code: OpenSppErrorCode,
): (error: SallyportError, call: CallContext | undefined) => SallyportError {
  return (error, call) => {
    if (call !== undefined && needsConsent(call)) return fault('access_denied', {}, { cause: error });
    return fault(code, {}, { cause: error });
  };
}

/** More than one registrant answers to who may read all of them; or a record lies outside of what a client may reach. */
export const refusals = {
  ambiguous_key: () => said('identifier_ambiguous'),
  forbidden: (_error: SallyportError, call: CallContext | undefined) =>
    said(call !== undefined && needsConsent(call) ? 'access_denied' : 'forbidden'),
} as const;
