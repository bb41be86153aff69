import type { ResourceDescriptor } from '../descriptor/resource.ts';
import { scopeNameOf } from '../plan/requirements.ts';

/**
 * The fields that the lists of a scope (`fieldLists`) can name: the readable ones of the resource that stands before its last
 * colon, and those of all resources for a scope of another kind. For whoever grants scopes where the API does not run.
 *
 * @example scopeFields(resources)('partner:read') // ['id', 'name', 'email']
 * @see docs/reference/scopes.md
 */
export function scopeFields(resources: readonly ResourceDescriptor[]): (scope: string) => readonly string[] {
  return (scope) => {
    const name = scope.slice(0, Math.max(0, scope.lastIndexOf(':')));
    const own = resources.filter((resource) => scopeNameOf(resource) === name);
    return [...new Set((own.length === 0 ? resources : own).flatMap(fieldsOf))];
  };
}

function fieldsOf({ fields, keyName = 'id' }: ResourceDescriptor): readonly string[] {
  const shown = Object.entries(fields).flatMap(([name, { rules }]) => (rules.read === false ? [] : [name]));
  return keyName === null ? shown : [keyName, ...shown];
}
