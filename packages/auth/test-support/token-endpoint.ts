import {
  createMemoryClientStore,
  createMemoryTokenStore,
  opaqueTokens,
  type TokenEndpointOptions,
  tokenEndpoint,
} from '../src/index.ts';
import { caller, form, testSetup } from './calls.ts';
import { testClient, testHasher } from './clients.ts';

export const hasher = testHasher();
export const grant = { grant_type: 'client_credentials' };
export const uncached = { 'Cache-Control': 'no-store', Pragma: 'no-cache', 'Content-Type': 'application/json' };

/** A token endpoint with one client, and the request that it answers with a token. */
export function arrange(change: Partial<TokenEndpointOptions> = {}) {
  const one = testClient(hasher);
  const clients = createMemoryClientStore([
    one.client,
    testClient(hasher, { clientId: 'bare', scopes: [] }).client,
    { ...one.client, clientId: 'passwords-only', grantTypes: ['password'] },
  ]);
  const tokens = opaqueTokens({ store: createMemoryTokenStore(), clients });
  const options = { tokens, clients, hasher, limits: false as const, ...change };
  const setup = testSetup();
  const call = caller(tokenEndpoint(options), setup);
  const good = form({ ...grant, client_id: one.clientId, client_secret: one.secret });
  return { ...one, clients, call, good, setup, options };
}
