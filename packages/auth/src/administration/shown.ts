import { describeStoredSecret } from '../clients/secret-forms.ts';
import type { ClientDetails, ShownSecret } from './client-administration.ts';
import type { DirectoryClient, DirectorySecret } from './client-directory.ts';

/** A client as it is shown: of its secrets the form, and never the hash. Members that are not set are absent. */
export function shownClient(client: DirectoryClient): ClientDetails {
  const { clientId, name, active, scopes, attributes, requestCount } = client;
  const { expiresAt, keys, tokenLifetimeSeconds, apis, limits, fieldLists, createdAt, lastUsedAt } = client;
  const secrets = client.secrets.map(shownSecret);
  const optional = { expiresAt, keys, tokenLifetimeSeconds, apis, limits, fieldLists, createdAt, lastUsedAt };
  return { clientId, name, active, scopes, secrets, attributes, requestCount, ...present(optional) };
}

function shownSecret({ id, hash, ...times }: DirectorySecret): ShownSecret {
  const { createdAt, expiresAt, lastUsedAt } = times;
  return { id, ...describeStoredSecret(hash), ...present({ createdAt, expiresAt, lastUsedAt }) };
}

type Present<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** The members that have a value. */
export function present<T extends object>(members: T): Present<T> {
  // What is left out is exactly what the type leaves out.
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Present<T>;
}
