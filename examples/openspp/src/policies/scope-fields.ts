import { type CallContext, holds, type Policy } from '@sallyport/core';
import { callerOf } from '../rules/caller.ts';
import { scopesOf } from '../scopes.ts';

/** The union of the lists when every scope of the resource has one; no restriction otherwise. */
function listedFields(call: CallContext, resource: string): ReadonlySet<string> | undefined {
  const lists = callerOf(call)?.allowLists.filter((scope) => scope.resource === resource) ?? [];
  if (lists.length === 0 || lists.some(({ fields }) => fields === null)) return undefined;
  return new Set(['type', 'identifier', ...lists.flatMap(({ fields }) => fields ?? [])]);
}

/**
 * The field allow-lists of a client's scopes (contract §4.5). `type` and `identifier` are fields that always stay.
 */
export function scopeFields(resource: string): Policy {
  return {
    name: 'scope-fields',
    fields: (call) => listedFields(call, resource),
    // The lists filter answers; a scope to write is one for the whole record, and a PUT keeps what it leaves out.
    writes: () => undefined,
  };
}

/** Whether the caller's scopes show it a field of a resource: what answers of other operations may speak of. */
export function maySee(call: CallContext, resource: string, field: string): boolean {
  if (!holds(call.principal, scopesOf(resource, 'read')('search'))) return false;
  return listedFields(call, resource)?.has(field) !== false;
}
