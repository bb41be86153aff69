import { defineScopes } from '@sallyport/core';
import { scopeActions, scopeResources } from './entities/index.ts';

/** What the scopes of a resource are about, as people call it. */
const records = {
  individual: 'people',
  group: 'groups',
  program: 'programs',
  program_membership: 'memberships of programs',
} as const;

/** What each action opens. */
const opens: Readonly<Record<(typeof scopeActions)[number], (what: string) => string>> = {
  read: (what) => `Read ${what}, search them and export them.`,
  search: (what) => `Search ${what}.`,
  create: (what) => `Create ${what}.`,
  update: (what) => `Change ${what}.`,
  delete: (what) => `Archive ${what}: by entries of bundles, where those can.`,
  all: (what) => `Whatever can be done with ${what}.`,
};

/**
 * The scopes of the API (contract §4.2, §4.3): `all` satisfies every action of its resource, and what may read may search.
 * Any scope of the resource that has no allow-list lifts those of the others (§4.5). The lists filter answers; a scope to
 * write is one for the whole record, and a PUT keeps what it leaves out.
 */
export const scopes = defineScopes({
  descriptions: Object.fromEntries(
    Object.entries(records).flatMap(([resource, what]) =>
      scopeActions.map((action) => [`${resource}:${action}`, opens[action](what)]),
    ),
  ),
  actions: scopeActions,
  includes: { all: 'every', read: ['search'] },
  resources: scopeResources,
  fieldLists: { liftedBy: 'any', writes: 'free' },
});
