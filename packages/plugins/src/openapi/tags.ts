import type { Plan, PlannedRoute } from '@sallyport/core';
import type { TagObject } from 'openapi3-ts/oas31';
import type { DocumentOptions } from './options.ts';

/** A group of tags, as Redoc and others show them (`x-tagGroups`). */
export interface TagGroup {
  readonly name: string;
  readonly tags: readonly string[];
}

/** The tags of the routes, in order, with the description of the resource that is alone under one. */
export function tagsOf(routes: readonly PlannedRoute[], { tags: descriptions = {} }: DocumentOptions): TagObject[] {
  const resources = new Map<string, Set<string | undefined>>();
  for (const { tags = [], subject } of routes) {
    for (const tag of tags)
      resources.set(tag, (resources.get(tag) ?? new Set()).add(subject?.resource.descriptor.description));
  }
  return [...resources].map(([name, own]) => {
    const [only] = own.size === 1 ? own : [];
    const description = descriptions[name] ?? only;
    return { name, ...(description === undefined ? {} : { description }) };
  });
}

/** The categories of resources with their tags; what has none stands under the API's title. Empty without categories. */
export function tagGroupsOf(routes: readonly PlannedRoute[], plan: Plan): readonly TagGroup[] {
  const groups = new Map<string, string[]>();
  const placed = new Set<string>();
  const categorised = [...routes].sort(
    (one, other) => Number(categoryOf(one) === undefined) - Number(categoryOf(other) === undefined),
  );
  for (const route of categorised) {
    const category = categoryOf(route) ?? plan.api.title;
    for (const tag of route.tags ?? []) {
      if (placed.has(tag)) continue;
      placed.add(tag);
      groups.set(category, [...(groups.get(category) ?? []), tag]);
    }
  }
  const any = routes.some((route) => categoryOf(route) !== undefined);
  return any ? [...groups].map(([name, tags]) => ({ name, tags })) : [];
}

function categoryOf({ subject }: PlannedRoute): string | undefined {
  return subject?.resource.descriptor.category;
}
