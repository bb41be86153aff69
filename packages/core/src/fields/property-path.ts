import { ConfigurationError } from '../errors/index.ts';
import { type Condition, related } from '../query/condition.ts';
import type { ColumnProperty, EntityModel, PropertyModel, ScalarProperty, ToOneProperty } from '../store/model.ts';
import type { RowReader, Selection } from '../store/selection.ts';

/** A property, reached through to-one relations: `vocabulary.uri`. */
export interface PropertyPath {
  readonly through: readonly ToOneProperty[];
  readonly property: ScalarProperty;
}

/** A property by name. @throws ConfigurationError naming the place, the property and the entity */
export function propertyOf(model: EntityModel, name: string, place: string): PropertyModel {
  const property = model.properties.get(name);
  if (property === undefined) throw new ConfigurationError(place, `no property "${name}" on ${model.name}`);
  return property;
}

/** A property of one kind by name. @throws ConfigurationError when it is missing, or of another kind */
export function propertyOfKind<K extends PropertyModel['kind']>(
  model: EntityModel,
  name: string,
  kind: K,
  place: string,
): Extract<PropertyModel, { kind: K }> {
  const property = propertyOf(model, name, place);
  if (property.kind !== kind) {
    throw new ConfigurationError(place, `"${name}" on ${model.name} is ${property.kind}, not ${kind}`);
  }
  return property as Extract<PropertyModel, { kind: K }>;
}

/** Resolves a dotted path. @throws ConfigurationError when a step does not exist or is not to-one */
export function resolvePath(model: EntityModel, path: string, place: string): PropertyPath {
  const steps = path.split('.');
  const last = steps.pop() ?? '';
  const through: ToOneProperty[] = [];
  let at = model;
  for (const step of steps) {
    const relation = propertyOfKind(at, step, 'toOne', place);
    through.push(relation);
    at = relation.target;
  }
  return { through, property: propertyOfKind(at, last, 'scalar', place) };
}

/** Adds the path's column to a selection, joining what lies between. */
export function selectPath<T = unknown>(selection: Selection, path: PropertyPath): RowReader<T> {
  let at = selection;
  for (const relation of path.through) at = at.toOne(relation);
  return at.column<T>(path.property);
}

/** A condition on the path's column, wrapped in the relations that lead to it. */
export function conditionOnPath(path: PropertyPath, test: (property: ColumnProperty) => Condition): Condition {
  return path.through.reduceRight<Condition>((inner, relation) => related(relation, inner), test(path.property));
}
