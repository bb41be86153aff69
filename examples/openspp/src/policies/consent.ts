import { setTimeout as delay } from 'node:timers/promises';
import { type CallContext, everything, nothing, type Policy, type SallyportError } from '@sallyport/core';
import { fault, type OpenSppErrorCode, said } from '../errors.ts';
import { needsConsent } from '../rules/caller.ts';

/** Shortest and longest added wait of an answer that must not tell whether somebody is registered (contract §8.5). */
const leastDelay = 50;
const mostDelay = 70;
const waited = Symbol('openspp.waited');

/**
 * The place of the consent engine (contract §8). Until it is there, every client whose reads depend on consents is shown
 * nobody: single records are refused with one text [A10], searches are empty, writes find nothing to change and may
 * leave nothing behind.
 */
export const consentGate: Policy = {
  name: 'consent',
  async prepare(call) {
    // Several resources of one call may have this policy: it waits, and refuses, once.
    if (!needsConsent(call) || call.operation === 'search' || call.state.has(waited)) return;
    call.state.set(waited, true);
    await delay(leastDelay + Math.random() * (mostDelay - leastDelay));
    // Before anything is looked at: a conflict would tell who is registered.
    if (call.operation === 'create' && call.resource !== 'program') throw fault('access_denied');
  },
  condition: (call) => (needsConsent(call) ? nothing : everything),
};

/** "Not found" for who may know it; for everybody else the one answer that tells nothing (contract §27.4). */
export function notFound(
  code: OpenSppErrorCode,
): (error: SallyportError, call: CallContext | undefined) => SallyportError {
  return (error, call) => {
    if (call !== undefined && needsConsent(call)) return fault('access_denied', {}, { cause: error });
    return fault(code, {}, { cause: error });
  };
}

/** More than one registrant answers, or a record lies outside of what a client may reach. */
export const refusals = {
  ambiguous_key: (_error: SallyportError, call: CallContext | undefined) =>
    said(call !== undefined && needsConsent(call) ? 'access_denied' : 'identifier_ambiguous'),
  forbidden: (_error: SallyportError, call: CallContext | undefined) =>
    said(call !== undefined && needsConsent(call) ? 'access_denied' : 'forbidden'),
} as const;
