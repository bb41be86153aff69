import { limiterKey, type RouteCall } from '@sallyport/core';
import type { AuthEvent } from '../audit/auth-event.ts';
import type { ClientRecord } from '../clients/client.ts';
import { available } from '../lib/available.ts';
import type { ClientEndpoint } from './client-endpoint.ts';
import type { TokenFault } from './token-fault.ts';

const callersOf = Symbol('sallyport.oauth.caller');

/** Keeps who has authenticated in a call, for what is told of the call later. */
export function rememberCaller(call: RouteCall, { clientId }: ClientRecord): void {
  call.state.set(callersOf, clientId);
}

/** Tells the trail of what an endpoint refuses. */
export async function tellRefusal(
  { id, api, head, now, log, state }: RouteCall,
  { name, refusals }: ClientEndpoint,
  fault: TokenFault,
): Promise<void> {
  const clientId = fault.clientId ?? (state.get(callersOf) as string | undefined);
  await refusals.tell(
    {
      type: 'token.refused',
      at: now,
      api,
      requestId: id,
      address: head.clientAddress,
      by: name,
      reason: fault.code,
      ...(fault.status >= 500 ? { outcome: 'failed' } : {}),
      ...(clientId === undefined ? {} : { clientId }),
    },
    log,
  );
}

/**
 * Tells the trail of what an endpoint does.
 *
 * @throws SallyportError `unavailable` when the trail does not take it
 */
export async function recordDone(
  { id, api, head, now }: RouteCall,
  { name, audit }: ClientEndpoint,
  event: Pick<AuthEvent, 'type' | 'clientId' | 'scopes'>,
): Promise<void> {
  const network = limiterKey(head.clientAddress);
  await available(() => audit.record({ ...event, at: now, outcome: 'done', api, requestId: id, network, by: name }));
}
