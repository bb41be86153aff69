import { setTimeout as delay } from 'node:timers/promises';
import {
  type CallContext,
  type Expected,
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
import { expectedOf } from './expected.ts';

/** Shortest and longest wait of an answer that must not tell whether somebody is registered (contract §8.5). */
const leastDelay = 50;
const mostDelay = 70;
const begun = Symbol('openspp.begun');
const waited = Symbol('openspp.waited');
const sortable = Symbol('openspp.sortable');
const expected = Symbol('openspp.expected');

const none: ReadonlySet<string> = new Set();

/** Fields that lists can be sorted by; first the one that they are sorted by where nobody says otherwise. */
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
      if (isSearch(call, kind)) await learn(kind, call);
    },
    condition: (call, model) => opened(kind, model, call, rowsOf(kind, call)),
    changes: () => everything,
    // Who registered somebody may say so: nobody else's record can be guessed by it.
    refers(call, model) {
      const readable = opened(kind, model, call, 'many');
      const on = where<{ sourceSystem: string | null }>(model);
      const source = sourceOf(call);
      return source === null ? readable : on.or(readable, on.eq('sourceSystem', source));
    },
    writes: () => undefined,
    sorts: (call) => neverHidden(kind, call),
    mask(selection) {
      const read = decisionReader(kind, selection);
      return (row, call) => {
        const decision = read(row);
        remember(call, kind, decision);
        return shownBy(decision);
      };
    },
    showing(call, model, fields) {
      const shown = neverHidden(kind, call);
      const hidden = new Set([...fields].filter((field) => !shown.has(field)));
      return hidden.size === 0 ? everything : openedWith(kind, model, call, hidden);
    },
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

/** The fields that no consent hides from a caller, as far as a search has learnt it. */
const neverHidden = (kind: ConsentKind, call: CallContext): ReadonlySet<string> =>
  isSearch(call, kind) ? ((call.state.get(sortable) as ReadonlySet<string> | undefined) ?? none) : none;

/** One record is looked up by its key, and judged by itself. */
const rowsOf = (kind: ConsentKind, call: CallContext): Expected =>
  isSearch(call, kind) ? ((call.state.get(expected) as Expected | undefined) ?? 'many') : 'many';

/**
 * Learns before a search how many records to expect, and which fields no consent hides: by others the order of a page
 * would tell what is hidden.
 */
async function learn(kind: ConsentKind, call: RouteCall): Promise<void> {
  if (call.state.has(expected)) return;
  // Both are relations of the entity.
  const registrants = call.records('individual').plan.model;
  const consents = (registrants.properties.get('signedConsents') as ToManyProperty).target;
  const rows = await expectedOf(call, consents);
  call.state.set(expected, rows);
  if (kind === 'program_membership') return;
  const scopes = (consents.properties.get('scopes') as ToManyProperty).target;
  const open = new Set<string>();
  for (const field of isSorted(call) ? sortFields : sortFields.slice(0, 1)) {
    const selection = new Selection(scopes);
    selection.column(scopes.primaryKey);
    const condition = hidesField(kind, call, field, rows)(where<ConsentScope>(scopes));
    const found = await call.reader.read({ selection, where: condition, order: [], limit: 1 }, call);
    if (found.rows.length === 0) open.add(field);
  }
  call.state.set(sortable, open);
}

/** Whether a search says how it is sorted; else it is by the name. A body may say it too. */
const isSorted = ({ head, query }: RouteCall): boolean =>
  head.method !== 'GET' || query.some(([name]) => name === '_sort');

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
