import { checkAtStart, definePlugin, type Logger, LoggerService, type Plugin, type Services } from '@sallyport/core';
import { AuthAuditService, type AuthAuditTrail } from './audit-trail.ts';
import { type Refusal, type RefusalTeller, refusalTeller } from './refusals.ts';

export interface AuthAuditOptions {
  /** Where events go; the API's log when absent. */
  readonly trail?: AuthAuditTrail | ((services: Services) => AuthAuditTrail);
  /** Whether calls without any credentials are events, too: scanners make many of them. Default false. */
  readonly anonymousCalls?: boolean;
}

/**
 * Keeps an audit trail of an API's authentication: what its endpoints grant, refuse and revoke, and each call that was
 * refused for its credentials or its scopes, whatever strategy had judged it. An event never holds a secret or a token.
 *
 * @example authAudit({ trail: createSqlAuditTrail(orm) })
 */
export function authAudit(options: AuthAuditOptions = {}): Plugin {
  const { trail, anonymousCalls = false } = options;
  let refusals: RefusalTeller | undefined;
  let log: Logger | undefined;

  return definePlugin({
    name: 'auth.audit',
    services: ({ services }) => {
      if (trail === undefined) return;
      services.register(AuthAuditService, (known) => (typeof trail === 'function' ? trail(known) : trail));
      checkAtStart(services, () => services.resolve(AuthAuditService));
    },
    start: (_plan, { services }) => {
      refusals = refusalTeller(services);
      log = services.resolve(LoggerService);
    },
    hooks: {
      observe({ id, api, route, status, error }, { clientAddress, open, principal, at }) {
        // Open routes authenticate by themselves, and tell of it by themselves.
        if (open || error === undefined || (status !== 401 && status !== 403)) return;
        if (error === 'unauthenticated' && !anonymousCalls) return;
        if (refusals === undefined || log === undefined) return;
        const refusal: Refusal = {
          type: 'access.refused',
          at,
          api,
          requestId: id,
          reason: error,
          address: clientAddress,
          ...(route === undefined ? {} : { by: route }),
          ...(principal?.kind === 'client' ? { clientId: principal.id } : {}),
          ...(principal?.kind === 'user' ? { accountId: principal.id } : {}),
        };
        // The call is answered already: nobody waits for this.
        void refusals.tell(refusal, log);
      },
    },
  });
}
