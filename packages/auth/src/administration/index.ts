export {
  type ClientAdministration,
  ClientAdministrationService,
  type ClientDetails,
  type ClientPage,
  type FieldLeave,
  type IssuedCredentials,
  type NewClient,
  type NewKeyedClient,
  type RotationOptions,
  type ScopeLeave,
  type ShownSecret,
  type TokenFate,
} from './client-administration.ts';
export type { ClientDirectory, ClientFeature, DirectoryClient, DirectorySecret } from './client-directory.ts';
export { type ClientAdministrationOptions, createClientAdministration } from './create-administration.ts';
export { createClientDirectory } from './sql-directory.ts';
