import type { CallContext } from '../road/call.ts';
import type { JsonSchema } from '../road/route.ts';
import type { CompiledMember } from './members.ts';

/** Whose eyes a path is looked at with, and how far relations are open to them. */
export interface Sight {
  readonly call: CallContext;
  /** How many relations deep the path is already. */
  readonly depth: number;
  /** Whether the caller asks for the expansion of a member. */
  readonly expands: (path: string) => boolean;
}

/** Whether a path through members names something that is shown: a member, or what stands below one. */
export function showsPath(
  members: readonly CompiledMember[],
  [first = '', ...rest]: readonly string[],
  sight: Sight,
): boolean {
  const member = members.find(({ name, rules }) => name === first && rules.read !== false);
  if (member === undefined || rest.length === 0) return member !== undefined;
  const { codec } = member;
  const { expands } = sight;
  const below: Sight = { ...sight, expands: (path) => expands(path === '' ? first : `${first}.${path}`) };
  return codec.shows === undefined ? hasPath(codec.output, rest) : codec.shows(rest, below);
}

const alternatives = ['anyOf', 'oneOf', 'allOf'] as const;

/**
 * Whether a value of this schema can have something at a path. A schema that lists its properties has no others, unless
 * it says so; one of objects that lists none has any.
 */
export function hasPath(schema: JsonSchema, path: readonly string[]): boolean {
  const [first, ...rest] = path;
  if (first === undefined) return true;
  for (const keyword of alternatives) {
    const schemas = schema[keyword];
    if (Array.isArray(schemas) && schemas.some((each) => isSchema(each) && hasPath(each, path))) return true;
  }
  const { items, properties, additionalProperties } = schema;
  if (isSchema(items) && hasPath(items, path)) return true;
  if (isSchema(properties) && Object.hasOwn(properties, first)) {
    const property = properties[first];
    return !isSchema(property) || hasPath(property, rest);
  }
  if (isSchema(additionalProperties)) return hasPath(additionalProperties, rest);
  if (additionalProperties !== undefined) return additionalProperties === true;
  return properties === undefined && items === undefined && mayBeObject(schema);
}

function mayBeObject(schema: JsonSchema): boolean {
  const { type } = schema;
  if (type !== undefined) return type === 'object' || (Array.isArray(type) && type.includes('object'));
  return !alternatives.some((keyword) => keyword in schema) && !('enum' in schema) && !('const' in schema);
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
