import type { PlannedRoute } from '@sallyport/core';
import type { Placement } from './operation.ts';

/** A route with its place in the document. */
export interface PlacedRoute extends Placement {
  readonly route: PlannedRoute;
  readonly path: string;
}

const parameter = /\{([^{}]+)\}/g;

/**
 * Places routes: an id for each, unique and fit for generated code, and one path for all routes of one shape, as
 * `/a/{x}` and `/a/{y}` are the same path (OpenAPI 3.1 section 4.8.8.2).
 */
export function placeRoutes(routes: readonly PlannedRoute[]): readonly PlacedRoute[] {
  const paths = new Map<string, string>();
  const taken = new Set<string>();
  return routes.map((route) => {
    const shape = route.path.replaceAll(parameter, '{}');
    const path = paths.get(shape) ?? route.path;
    paths.set(shape, path);
    const shown = parametersOf(path);
    const names = new Map(parametersOf(route.path).map((name, index) => [name, shown[index] ?? name]));
    return { route, path, names, operationId: freeId(route.name, taken) };
  });
}

function parametersOf(path: string): readonly string[] {
  return [...path.matchAll(parameter)].map(([, name = '']) => name);
}

function freeId(name: string, taken: Set<string>): string {
  const wanted = name.replaceAll(/[^A-Za-z0-9]+/g, '_').replace(/^_+|_+$/g, '') || 'operation';
  let id = wanted;
  for (let number = 2; taken.has(id); number++) id = `${wanted}_${number}`;
  taken.add(id);
  return id;
}
