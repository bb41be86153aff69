import type { ClientRecord } from './client.ts';

const known = new WeakMap<ClientRecord, Map<string, ClientRecord | undefined>>();

/**
 * The client as it stands at an API: with the scopes and the lifetime that it has there, where they differ (R47).
 * `undefined`: it has nothing to do there. The same object for the same record, so that what is derived from it can be
 * kept.
 *
 * @param audience that of the API's tokens
 */
export function clientAt(client: ClientRecord, audience: string): ClientRecord | undefined {
  const { apis } = client;
  if (apis === undefined) return client;
  let places = known.get(client);
  if (places === undefined) {
    places = new Map();
    known.set(client, places);
  }
  if (!places.has(audience)) places.set(audience, standing(client, audience));
  return places.get(audience);
}

function standing(client: ClientRecord, audience: string): ClientRecord | undefined {
  const { apis = {} } = client;
  // By own names only: `constructor` may be an audience.
  const own = Object.hasOwn(apis, audience) ? apis[audience] : undefined;
  if (own === undefined) return undefined;
  const { scopes, tokenLifetimeSeconds } = own;
  return Object.freeze({
    ...client,
    ...(scopes === undefined ? {} : { scopes }),
    ...(tokenLifetimeSeconds === undefined ? {} : { tokenLifetimeSeconds }),
  });
}
