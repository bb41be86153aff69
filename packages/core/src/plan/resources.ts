import type { MikroORM } from '@mikro-orm/core';
import type { ResourceDescriptor } from '../descriptor/resource.ts';
import { ConfigurationError } from '../errors/index.ts';
import type { Representation } from '../fields/codec.ts';
import type { KeyScheme } from '../keys/key.ts';
import type { ApiScopes } from '../scopes/api-scopes.ts';
import { entityModel } from '../store/index.ts';
import type { EntityModel } from '../store/model.ts';
import { type ResourceContext, ResourcePlan } from './resource-plan.ts';
import { verifyFilled } from './unfilled.ts';
import { Validators } from './validator.ts';
import { verifyNeeds, verifyReveals } from './verify-plan.ts';

export interface ResourceSources {
  readonly models: ReadonlyMap<string, EntityModel>;
  readonly orm: MikroORM;
  readonly representation: Representation;
  readonly unknownProperties: 'refuse' | 'ignore';
  readonly keyScheme: KeyScheme | undefined;
  readonly scopes: ApiScopes;
  /** Names of the API's plugins. */
  readonly plugins: ReadonlySet<string>;
}

/** Compiles descriptors, in their order. @throws ConfigurationError with the path of the first contradiction */
export function compileResources(
  descriptors: readonly ResourceDescriptor[],
  { models, orm, representation, unknownProperties, keyScheme, scopes, plugins }: ResourceSources,
): ReadonlyMap<string, ResourcePlan> {
  const plans = new Map<string, ResourcePlan>();
  const context: ResourceContext = {
    representation,
    unknownProperties,
    keyScheme,
    scopes,
    modelOf: (descriptor, place) =>
      entityModel(models, orm.getMetadata().find(descriptor.entity as never)?.className ?? nameOf(descriptor), place),
    resource(name, place) {
      const plan = plans.get(name);
      if (plan === undefined) throw new ConfigurationError(place, `the API has no resource "${name}"`);
      return plan;
    },
  };
  for (const descriptor of descriptors) {
    if (plans.has(descriptor.name)) {
      throw new ConfigurationError(`resources.${descriptor.name}`, 'there are two resources of this name');
    }
    plans.set(descriptor.name, new ResourcePlan(descriptor, context));
  }
  // What could only be looked up once all resources were there: relations, expansions.
  const validators = new Validators();
  for (const plan of plans.values()) {
    plan.verify((schema, value, place) => {
      const [issue] = validators.compile(schema, 'body', place)(value);
      if (issue !== undefined) throw new ConfigurationError(place, issue.message);
    });
    verifyReveals(plan);
    verifyNeeds(plan.members, plugins, `${plan.place}.fields`);
  }
  for (const plan of plans.values()) verifyFilled(plan, orm);
  return plans;
}

/** The resource of a name, for code that asks by name. @throws ConfigurationError when there is none */
export function resourceNamed(resources: ReadonlyMap<string, ResourcePlan>, name: string): ResourcePlan {
  const plan = resources.get(name);
  if (plan === undefined) throw new ConfigurationError(`resources.${name}`, 'the API has no such resource');
  return plan;
}

function nameOf({ entity }: ResourceDescriptor): string {
  const named = entity as { readonly name?: string; readonly meta?: { readonly className?: string } };
  return named.meta?.className ?? named.name ?? 'unknown';
}
