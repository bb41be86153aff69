import type { Plan, ResourcePlan } from '@sallyport/core';
import { extensionsOfField } from './codec.ts';
import type { Extension } from './declaration.ts';

/** An extension of a resource, and the field that it stands under. */
export interface PlannedExtension {
  readonly field: string;
  readonly extension: Extension;
}

const known = new WeakMap<ResourcePlan, readonly PlannedExtension[]>();

/** The extensions that a resource has: active ones that apply to it. */
export function extensionsOf(plan: ResourcePlan): readonly PlannedExtension[] {
  let found = known.get(plan);
  if (found === undefined) {
    found = plan.members
      .filter(({ rules }) => rules.read !== false)
      .flatMap(({ name, codec }) => extensionsOfField(codec).map(({ extension }) => ({ field: name, extension })));
    known.set(plan, found);
  }
  return found;
}

/** An extension of an API, and the resources that have it. */
export interface DescribedExtension {
  readonly extension: Extension;
  readonly resources: readonly ResourcePlan[];
}

/** The extensions of an API, each once, for documents. */
export function describeExtensions({ resources }: Plan): readonly DescribedExtension[] {
  const described = new Map<Extension, ResourcePlan[]>();
  for (const plan of resources.values()) {
    for (const { extension } of extensionsOf(plan)) {
      described.set(extension, [...(described.get(extension) ?? []), plan]);
    }
  }
  return [...described].map(([extension, plans]) => ({ extension, resources: plans }));
}
