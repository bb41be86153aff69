import type { JsonSchema } from '@sallyport/core';

const single = [
  'additionalItems',
  'additionalProperties',
  'contains',
  'else',
  'if',
  'items',
  'not',
  'propertyNames',
  'then',
  'unevaluatedItems',
  'unevaluatedProperties',
] as const;
const lists = ['allOf', 'anyOf', 'oneOf', 'prefixItems'] as const;
const maps = ['$defs', 'definitions', 'dependentSchemas', 'patternProperties', 'properties'] as const;

/** Whether a value is a schema other than `true` and `false`. */
export function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * A copy of a schema whose subschemas (JSON Schema 2020-12, section 10 of Core) have been replaced; members that are
 * `undefined` are left out. `hint` is the name of the property that a subschema describes.
 */
export function mapSubschemas(
  schema: JsonSchema,
  replace: (child: JsonSchema, hint: string | undefined) => JsonSchema,
  hint?: string,
): JsonSchema {
  const made: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) if (value !== undefined) made[keyword] = value;
  const under = (child: unknown, name = hint) => (isSchema(child) ? replace(child, name) : child);
  for (const keyword of single) if (keyword in made) made[keyword] = under(made[keyword]);
  for (const keyword of lists) {
    const list = made[keyword];
    if (Array.isArray(list)) made[keyword] = list.map((child) => under(child));
  }
  for (const keyword of maps) {
    const map = made[keyword];
    if (!isSchema(map)) continue;
    made[keyword] = Object.fromEntries(Object.entries(map).map(([name, child]) => [name, under(child, name)]));
  }
  return made;
}

/** Replaces the schemas in a part of a document that holds them under `schema`: parameters, headers, media types. */
export function mapSchemas(part: unknown, replace: (schema: JsonSchema, hint: string | undefined) => unknown): unknown {
  const walk = (value: unknown, hint: string | undefined): unknown => {
    if (Array.isArray(value)) return value.map((item) => walk(item, hint));
    if (typeof value !== 'object' || value === null) return value;
    const name = 'name' in value && typeof value.name === 'string' ? value.name : hint;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .map(([key, member]) => [
          key,
          key === 'schema' && isSchema(member) ? replace(member, name) : walk(member, name),
        ]),
    );
  };
  return walk(part, undefined);
}
