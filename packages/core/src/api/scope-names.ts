import type { ResourceDescriptor } from '../descriptor/resource.ts';
import { scopeNameOf } from '../plan/requirements.ts';
import { type ApiScopes, anyScopes, compileScopes } from '../scopes/api-scopes.ts';
import type { ScopeVocabulary } from '../scopes/vocabulary.ts';

/** What of an API's options decides which scopes there are. */
interface ScopedApi {
  readonly resources: readonly ResourceDescriptor[];
  readonly scopes?: ScopeVocabulary;
}

/** The scopes of an API of this name. @throws ConfigurationError as `compileScopes` does */
export function scopesOf({ scopes, resources }: ScopedApi, api: string): ApiScopes {
  if (scopes === undefined) return anyScopes;
  // What is only shown inside of others needs no scope of its own.
  const called = resources.filter(
    ({ operations, methods = {} }) =>
      Object.values(operations).some(Boolean) ||
      Object.values(methods).some(({ scope }) => scope !== 'authenticated' && scope !== 'public'),
  );
  return compileScopes(scopes, api, called.map(scopeNameOf));
}

/**
 * The names of all scopes of an API with a vocabulary, for whoever grants them where the API itself does not run: a
 * command line. A running API has them in `plan.scopes`.
 *
 * @throws ConfigurationError for names that are taken, or that cannot be scopes
 * @example scopeNames({ name: 'shop', resources, scopes })
 * @see docs/reference/scopes.md
 */
export function scopeNames(
  api: ScopedApi & { readonly name?: string; readonly scopes: ScopeVocabulary },
): readonly string[] {
  return scopesOf(api, api.name ?? 'api').all?.map(({ name }) => name) ?? [];
}
