import type { Policy } from '@sallyport/core';
import { callerOf } from '../rules/caller.ts';

/**
 * The field allow-lists of a client's scopes (contract §4.5): the union of the lists when every scope of the resource
 * has one, no restriction otherwise. `type` and `identifier` are fields that always stay.
 */
export function scopeFields(resource: string): Policy {
  return {
    name: 'scope-fields',
    fields(call) {
      const lists = callerOf(call)?.allowLists.filter((scope) => scope.resource === resource) ?? [];
      if (lists.length === 0 || lists.some(({ fields }) => fields === null)) return undefined;
      return new Set(['type', 'identifier', ...lists.flatMap(({ fields }) => fields ?? [])]);
    },
  };
}
