import { type Logger, limiterKey, loggable, type Services } from '@sallyport/core';
import { type AuthAuditTrail, auditTrailOf } from './audit-trail.ts';
import type { AuthEvent } from './auth-event.ts';
import { Repetitions } from './repetitions.ts';

/** How many refusals of one network for one reason are told in a minute. */
const mostAlike = 30;

/** A refusal as whoever refuses knows it. */
export interface Refusal extends Omit<AuthEvent, 'network' | 'outcome' | 'leftOut'> {
  readonly outcome?: AuthEvent['outcome'];
  readonly address: string | undefined;
}

/** Tells the trail of refusals. They are answered already or in any case: one that cannot be kept is logged. */
export interface RefusalTeller {
  tell(refusal: Refusal, log: Pick<Logger, 'error'>): Promise<void>;
}

/** The teller of an API. Resolve it at the start. */
export function refusalTeller(services: Services): RefusalTeller {
  return tellerOf(auditTrailOf(services));
}

/** The same over a trail. */
export function tellerOf(trail: AuthAuditTrail): RefusalTeller {
  const repetitions = new Repetitions(mostAlike);
  return {
    async tell({ address, outcome = 'refused', ...event }, log) {
      const network = address === undefined ? undefined : limiterKey(address);
      const leftOut = repetitions.tell(`${event.type}\0${event.reason}\0${network}`, event.at);
      if (leftOut === undefined) return;
      try {
        await trail.record({
          ...event,
          outcome,
          ...(network === undefined ? {} : { network }),
          ...(leftOut === 0 ? {} : { leftOut }),
        });
      } catch (error) {
        log.error({ err: loggable(error), request: event.requestId }, 'an event could not be kept');
      }
    },
  };
}
