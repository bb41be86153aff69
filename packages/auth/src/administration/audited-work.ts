import { type Clock, SallyportError } from '@sallyport/core';
import type { AuthAuditTrail } from '../audit/audit-trail.ts';
import type { AuthEvent, AuthEventType } from '../audit/auth-event.ts';
import { available } from '../lib/available.ts';

/** Does what an event is about, once the event is kept. */
export type AuditedWork = (
  type: AuthEventType,
  clientId: string,
  work: () => Promise<void>,
  scopes?: readonly string[],
) => Promise<void>;

/**
 * Work that is recorded first: what the trail rejects is not begun (SECURITY 4.14). The event is kept before the
 * transaction of the work and not in it, as a trail of its own database connection would wait for itself inside (PGlite
 * has one). When the work fails after all, a second event with the outcome `refused` or `failed` takes the first back.
 */
export function auditedWork({
  audit,
  actor,
  clock,
}: {
  readonly audit?: AuthAuditTrail | undefined;
  readonly actor?: string | undefined;
  readonly clock: Clock;
}): AuditedWork {
  return async (type, clientId, work, scopes) => {
    const event: AuthEvent = {
      type,
      at: clock.now(),
      outcome: 'done',
      clientId,
      ...(actor === undefined ? {} : { actor }),
      ...(scopes === undefined ? {} : { scopes }),
    };
    await available(() => audit?.record(event));
    try {
      await available(work);
    } catch (error) {
      const reason = error instanceof SallyportError ? error.code : 'unavailable';
      const outcome = reason === 'unavailable' ? 'failed' : 'refused';
      // The fault of the work is the one to tell, whatever becomes of its event.
      await available(() => audit?.record({ ...event, at: clock.now(), outcome, reason })).catch(() => {});
      throw error;
    }
  };
}
