import { defineScopes } from '@sallyport/core';
import { scopeActions, scopeResources } from './entities/index.ts';

/**
 * The scopes of the API (contract §4.2, §4.3): `all` satisfies every action of its resource, and what may read may search.
 * Any scope of the resource that has no allow-list lifts those of the others (§4.5). The lists filter answers; a scope to
 * write is one for the whole record, and a PUT keeps what it leaves out.
 */
export const scopes = defineScopes({
  actions: scopeActions,
  includes: { all: 'every', read: ['search'] },
  resources: scopeResources,
  fieldLists: { liftedBy: 'any', writes: 'free' },
});
