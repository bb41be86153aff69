import type { ClientAdministration } from '../administration/client-administration.ts';
import {
  type ClientAdministrationOptions,
  createClientAdministration,
} from '../administration/create-administration.ts';
import { createClientDirectory } from '../administration/sql-directory.ts';
import type { SqlOrm } from '../lib/native-query.ts';
import type { SqlClientStore } from './client-store.ts';
import type { SecretHasher } from './secret-hasher.ts';

/** Administration of the clients in `AuthClient`: `createClientAdministration` over `createClientDirectory`. */
export function createClientAdmin(
  orm: SqlOrm,
  store: Pick<SqlClientStore, 'changing'>,
  hasher: SecretHasher,
  options: Omit<ClientAdministrationOptions, 'directory' | 'hasher'> = {},
): ClientAdministration {
  return createClientAdministration({ ...options, directory: createClientDirectory(orm, store), hasher });
}
