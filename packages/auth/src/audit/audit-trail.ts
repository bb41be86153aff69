import { checkAtStart, type Logger, LoggerService, type Readiness, type Services, serviceToken } from '@sallyport/core';
import type { AuthEvent } from './auth-event.ts';

/** Where events of authentication go. */
export interface AuthAuditTrail extends Readiness {
  /**
   * Keeps one event. What it is about is answered only after this has resolved; when it rejects, a grant or a change is
   * refused with 503 (an operation that cannot be audited does not happen, SECURITY 4.14).
   */
  record(event: AuthEvent): void | Promise<void>;
}

/** The service under which endpoints and strategies find the trail; without one, events go to the API's log. */
export const AuthAuditService = serviceToken<AuthAuditTrail>('sallyport.AuthAudit', {
  broughtBy: 'the plugin `authAudit()` of @sallyport/auth, with its option `trail`,',
});

/** The trail of an API: the one that was registered, or its log. Resolve it at the start. */
export function auditTrailOf(services: Services): AuthAuditTrail {
  if (services.has(AuthAuditService)) {
    const trail = services.resolve(AuthAuditService);
    checkAtStart(services, () => trail);
    return trail;
  }
  return services.has(LoggerService) ? logAuditTrail(services.resolve(LoggerService)) : { record() {} };
}

/** Writes events to a log, one line each, under the key `auth`. */
export function logAuditTrail(log: Logger): AuthAuditTrail {
  return {
    record({ at, ...event }) {
      log.info({ auth: { ...event, at: at.toISOString() } }, event.type);
    },
  };
}

/** Keeps events in memory, the last `most` of them (1000 when not said): for tests and consoles. */
export function memoryAuditTrail(most = 1000): AuthAuditTrail & { readonly events: readonly AuthEvent[] } {
  const events: AuthEvent[] = [];
  return {
    events,
    record(event) {
      events.push(event);
      if (events.length > most) events.shift();
    },
  };
}
