import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { ApiClient } from './api-client.ts';

export const scopeResources = ['individual', 'group', 'program', 'program_membership', 'identifier'] as const;
export const scopeActions = ['read', 'search', 'create', 'update', 'delete', 'all'] as const;

/** What a client may do with a resource. */
export const ApiScope = defineEntity({
  name: 'ApiScope',
  tableName: 'api_scope',
  properties: {
    id: p.integer().primary(),
    client: () => p.manyToOne(ApiClient).deleteRule('cascade'),
    resource: p.string().length(64),
    action: p.enum(scopeActions),
    /** The JSON properties that may be shown; unset is no restriction, empty shows `type` and `identifier` only. */
    fields: p.json<readonly string[]>().nullable(),
    description: p.text().nullable(),
  },
  uniques: [{ properties: ['client', 'resource', 'action'] }],
});

export type ApiScope = InferEntity<typeof ApiScope>;
