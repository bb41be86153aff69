import type { ResourcePlan } from '../plan/resource-plan.ts';
import { resourceNamed } from '../plan/resources.ts';
import type { Rights } from '../plan/shape.ts';
import type { CallContext } from './call.ts';

const remembered = Symbol('sallyport.rights');

/** What was kept for a call, for another one that goes on with it: rights are each call's own. */
export function stateFrom(state: ReadonlyMap<symbol, unknown>): Map<symbol, unknown> {
  const made = new Map(state);
  made.delete(remembered);
  return made;
}

/** How a caller's rights bear on every resource of an API; worked out once a call, as far as it is asked for. */
export function rightsOf(resources: ReadonlyMap<string, ResourcePlan>): (call: CallContext) => Rights {
  return (call) => {
    const known = call.state.get(remembered) as { readonly of: CallContext; readonly rights: Rights } | undefined;
    // A call may share what is kept with the one that it is inside of.
    if (known?.of === call) return known.rights;
    const rights: Rights = {
      mayRead: (name) => resourceNamed(resources, name).readableBy(call),
      visible: (name) => resourceNamed(resources, name).visibleFields(call),
      policies: (name) => resourceNamed(resources, name).policies(call),
    };
    call.state.set(remembered, { of: call, rights });
    return rights;
  };
}
