import { defineScopes } from '@sallyport/core';

/** What a client application can be granted, for all resources. */
export const allScopes = ['create', 'read', 'update', 'delete', 'search', 'rpc'] as const;

/** Secure API's scopes: `read` for every resource, or `partner:read` for one. Methods need `rpc`. */
export const scopes = defineScopes({
  actions: allScopes,
  methods: 'rpc',
  naming: ({ resource, action }) => [action, `${resource}:${action}`],
});
