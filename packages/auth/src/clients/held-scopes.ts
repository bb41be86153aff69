import { ConfigurationError, type ScopeCoverage, ScopeCoverageService, type Services } from '@sallyport/core';
import type { ClientRecord } from './client.ts';

/** Whether a client holds a scope, as it stands at one API: by its name, or by what stands for it there. */
export type HoldsScope = (client: Pick<ClientRecord, 'scopes' | 'fieldLists'>, scope: string) => boolean;

/** By the vocabulary of the API; outside of one, by names alone. */
export function heldScopes(services: Services): HoldsScope {
  const coverage = coverageOf(services);
  return ({ scopes, fieldLists = {} }, scope) => {
    if (scopes.includes(scope)) return true;
    // Lists of fields go by the names of scopes: under the name of its part a limited one would show everything.
    return (
      coverage?.covers(
        scopes.filter((name) => !Object.hasOwn(fieldLists, name)),
        scope,
      ) ?? false
    );
  };
}

/** @throws ConfigurationError at `place` for a name that is no scope of the API, as nobody could ever hold it */
export function requireScopes(services: Services, place: string, names: Iterable<string>): void {
  const coverage = coverageOf(services);
  for (const name of names) {
    if (coverage?.has(name) === false) throw new ConfigurationError(place, `there is no scope "${name}"`);
  }
}

function coverageOf(services: Services): ScopeCoverage | undefined {
  return services.has(ScopeCoverageService) ? services.resolve(ScopeCoverageService) : undefined;
}
