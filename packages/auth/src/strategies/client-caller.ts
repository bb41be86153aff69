import type { ClientRecord } from '../clients/client.ts';
import type { Caller } from './verified-caller.ts';

/** A client of ours as a caller, with the scopes that its credentials are good for. Frozen. */
export function clientCaller(client: ClientRecord, scopes: ReadonlySet<string>): Caller {
  const { clientId: id, attributes, limits, fieldLists } = client;
  return Object.freeze({
    kind: 'client',
    id,
    scopes,
    attributes,
    ...(limits === undefined ? {} : { limits }),
    // Only lists of fields ask for it.
    ...(fieldLists === undefined ? {} : { fieldLists, granted: new Set(client.scopes) }),
  });
}
