import type { ResourceDescriptor } from '../descriptor/resource.ts';
import type { ScopeRequirement } from '../scopes/requirement.ts';
import type { ResourcePlan } from './resource-plan.ts';

/** The name that a resource has in scopes. */
export function scopeNameOf({ name, scope }: ResourceDescriptor): string {
  return typeof scope === 'string' ? scope : name;
}

/** What each operation and method of a resource needs. @throws ConfigurationError for the first that declares nothing */
export function requirementsOf(plan: ResourcePlan): ReadonlyMap<string, ScopeRequirement> {
  const { operations, methods = {} } = plan.descriptor;
  const required = new Map<string, ScopeRequirement>();
  for (const [name, options] of Object.entries(operations)) {
    if (options === undefined || options === false) continue;
    const own = options === true ? undefined : options.scope;
    required.set(name, plan.scopeOf(name, 'operation', own, `${plan.place}.operations.${name}`).requirement);
  }
  for (const [name, { scope }] of Object.entries(methods)) {
    required.set(name, plan.scopeOf(name, 'method', scope, `${plan.place}.methods.${name}`).requirement);
  }
  return required;
}
