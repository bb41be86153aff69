import type { ResourcePlan } from '../plan/resource-plan.ts';
import { resourceNamed } from '../plan/resources.ts';
import type { Rights } from '../plan/shape.ts';
import type { CallContext } from './call.ts';

const remembered = Symbol('sallyport.rights');

/** How a caller's rights bear on every resource of an API; worked out once a call, as far as it is asked for. */
export function rightsOf(resources: ReadonlyMap<string, ResourcePlan>): (call: CallContext) => Rights {
  return (call) => {
    const known = call.state.get(remembered) as Rights | undefined;
    if (known !== undefined) return known;
    const rights: Rights = {
      mayRead: (name) => resourceNamed(resources, name).readableBy(call),
      visible: (name) => resourceNamed(resources, name).visibleFields(call),
      policies: (name) => resourceNamed(resources, name).policies(call),
    };
    call.state.set(remembered, rights);
    return rights;
  };
}
