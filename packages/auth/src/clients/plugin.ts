import {
  ClockService,
  ConfigurationError,
  checkAtStart,
  definePlugin,
  type Plugin,
  type Services,
} from '@sallyport/core';
import { ClientAdministrationService } from '../administration/client-administration.ts';
import type { ClientDirectory } from '../administration/client-directory.ts';
import { createClientAdministration } from '../administration/create-administration.ts';
import { auditTrailOf } from '../audit/audit-trail.ts';
import { type ClientStore, ClientStoreService } from './client.ts';
import { type SecretHasher, SecretHasherService } from './secret-hasher.ts';

export interface ClientsOptions {
  /** Where clients are looked up. */
  readonly store: ClientStore | ((services: Services) => ClientStore);
  /** What checks their secrets; not needed where no token endpoint is. */
  readonly hasher?: SecretHasher;
  /** Where they are administered: with it, `ClientAdministrationService` is there. Needs the hasher. */
  readonly directory?: ClientDirectory | ((services: Services) => ClientDirectory);
  /** The scopes that the administration knows of, and refuses others; see its option `scopes`. */
  readonly scopes?: readonly string[];
  /** The fields that lists of a scope can name; see its option `fields`. */
  readonly fields?: (scope: string) => readonly string[];
}

/**
 * Registers the clients of an API, for its token endpoints and its strategies, and their administration.
 *
 * @throws ConfigurationError for a directory without a hasher
 */
export function clients(options: ClientsOptions): Plugin {
  const { store, hasher, directory } = options;
  if (directory !== undefined && hasher === undefined) {
    throw new ConfigurationError('clients.hasher', 'an administration needs it, for new secrets');
  }
  return definePlugin({
    name: 'auth.clients',
    services: ({ services }) => {
      services.register(ClientStoreService, (given) => (typeof store === 'function' ? store(given) : store));
      checkAtStart(services, () => services.resolve(ClientStoreService));
      if (hasher === undefined) return;
      services.register(SecretHasherService, () => hasher);
      if (directory === undefined) return;
      services.register(ClientAdministrationService, (given) =>
        createClientAdministration({
          directory: typeof directory === 'function' ? directory(given) : directory,
          hasher,
          scopes: options.scopes,
          fields: options.fields,
          audit: auditTrailOf(given),
          clock: given.has(ClockService) ? given.resolve(ClockService) : undefined,
        }),
      );
    },
  });
}
