import type { Scope } from '@sallyport/core';

/** Secure API's scopes: `read` for every resource, or `partner:read` for one. Methods need `rpc`. */
export function scopesOf(resource: string): (operation: string) => Scope {
  return (operation) => {
    const action = actions.has(operation) ? operation : 'rpc';
    return [action, `${resource}:${action}`];
  };
}

/** What a client application can be granted, for all resources. */
export const allScopes = ['create', 'read', 'update', 'delete', 'search', 'rpc'] as const;

const actions: ReadonlySet<string> = new Set(allScopes);
