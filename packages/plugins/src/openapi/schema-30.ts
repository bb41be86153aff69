import type { JsonSchema } from '@sallyport/core';
import { isSchema, mapSubschemas } from './walk.ts';

/** The keywords of a Schema Object of OpenAPI 3.0 (section 4.7.24); others are not allowed there. */
const known: ReadonlySet<string> = new Set([
  ...['title', 'multipleOf', 'maximum', 'exclusiveMaximum', 'minimum', 'exclusiveMinimum', 'maxLength', 'minLength'],
  ...['pattern', 'maxItems', 'minItems', 'uniqueItems', 'maxProperties', 'minProperties', 'required', 'enum', 'type'],
  ...['allOf', 'oneOf', 'anyOf', 'not', 'items', 'properties', 'additionalProperties', 'description', 'format'],
  ...['default', 'nullable', 'discriminator', 'readOnly', 'writeOnly', 'xml', 'externalDocs', 'example', 'deprecated'],
  '$ref',
]);

/** Null alone. `nullable` counts only beside a `type` (OpenAPI 3.0.3, clarification of `nullable`). */
const onlyNull: JsonSchema = { type: 'object', nullable: true, enum: [null] };

type Draft = Record<string, unknown>;

/**
 * A schema of JSON Schema 2020-12, as OpenAPI 3.1 has them, in the dialect of OpenAPI 3.0. Where 3.0 cannot say the same
 * the result allows more, never less: a list's first items lose their order, `if` becomes two alternatives, `contains`
 * is dropped.
 */
export function toSchema30(schema: unknown): JsonSchema {
  if (schema === true) return {};
  if (schema === false) return { not: {} };
  if (!isSchema(schema)) return {};
  let made: Draft = { ...mapSubschemas(schema, (child) => toSchema30(child)) };
  if (typeof made.$ref === 'string') return referenceBeside(made);
  booleans(made);
  conditional(made);
  dependencies(made);
  made = alternatives(made);
  items(made);
  patterns(made);
  bounds(made);
  annotations(made);
  made = typed(made, schema);
  if (Array.isArray(made.required) && made.required.length === 0) delete made.required;
  return Object.fromEntries(
    Object.entries(made).filter(([name, value]) => value !== undefined && (known.has(name) || name.startsWith('x-'))),
  );
}

/** Siblings of `$ref` are ignored in 3.0. */
function referenceBeside({ $ref, ...siblings }: Draft): JsonSchema {
  const rest = toSchema30(siblings);
  return Object.keys(rest).length === 0 ? { $ref } : and(rest, { $ref });
}

/** Boolean schemas stand nowhere in 3.0 but under `additionalProperties`. */
function booleans(made: Draft): void {
  for (const keyword of ['items', 'not'] as const) {
    if (typeof made[keyword] === 'boolean' && !(keyword === 'items' && made.prefixItems !== undefined)) {
      made[keyword] = toSchema30(made[keyword]);
    }
  }
  for (const keyword of ['allOf', 'anyOf', 'oneOf'] as const) {
    const list = made[keyword];
    if (Array.isArray(list))
      made[keyword] = list.map((child) => (typeof child === 'boolean' ? toSchema30(child) : child));
  }
  const { properties } = made;
  if (isSchema(properties)) {
    made.properties = Object.fromEntries(
      Object.entries(properties).map(([name, child]) => [name, typeof child === 'boolean' ? toSchema30(child) : child]),
    );
  }
}

function and(schema: Draft | JsonSchema, ...more: readonly JsonSchema[]): Draft {
  return { ...schema, allOf: [...((schema.allOf as readonly JsonSchema[] | undefined) ?? []), ...more] };
}

function also(made: Draft, ...more: readonly JsonSchema[]): void {
  Object.assign(made, and(made, ...more));
}

function conditional(made: Draft): void {
  const { if: condition } = made;
  if (condition === undefined) return;
  const holds = toSchemaParts(condition, made.then);
  const fails = toSchemaParts({ not: condition }, made.else);
  also(made, { anyOf: [holds, fails] });
}

function toSchemaParts(first: unknown, second: unknown): JsonSchema {
  return second === undefined ? (first as JsonSchema) : { allOf: [first, second === true ? {} : second] };
}

function dependencies(made: Draft): void {
  const { dependentRequired, dependentSchemas } = made;
  if (isSchema(dependentRequired)) {
    for (const [name, required] of Object.entries(dependentRequired)) {
      also(made, { anyOf: [{ not: { required: [name] } }, { required }] });
    }
  }
  if (isSchema(dependentSchemas)) {
    for (const [name, schema] of Object.entries(dependentSchemas)) {
      also(made, { anyOf: [{ not: { required: [name] } }, isSchema(schema) ? schema : toSchema30(schema)] });
    }
  }
}

/** `anyOf: [x, null]` is `x` with `nullable` where `x` has a type; a reference needs null beside it. */
function alternatives(made: Draft): Draft {
  for (const keyword of ['anyOf', 'oneOf'] as const) {
    const list = made[keyword];
    if (!Array.isArray(list)) continue;
    const others = (list as readonly JsonSchema[]).filter((child) => !isOnlyNull(child));
    const [only] = others;
    if (others.length === list.length || only === undefined) continue;
    const { [keyword]: _, ...rest } = made;
    const apart = Object.keys(only).every((name) => rest[name] === undefined || name === 'description');
    if (others.length === 1 && typeof only.type === 'string' && apart && made.type === undefined) {
      return { ...only, ...rest, nullable: true, ...(Array.isArray(only.enum) ? { enum: withNull(only.enum) } : {}) };
    }
    return { ...made, [keyword]: [...others, onlyNull] };
  }
  return made;
}

function isOnlyNull(schema: JsonSchema): boolean {
  return schema.nullable === true && Array.isArray(schema.enum) && schema.enum.length === 1 && schema.enum[0] === null;
}

function withNull(values: readonly unknown[]): readonly unknown[] {
  return values.includes(null) ? values : [...values, null];
}

/** First items of their own kind become one kind for all, as many as there may be. */
function items(made: Draft): void {
  const { prefixItems } = made;
  if (Array.isArray(prefixItems)) {
    const rest = made.items;
    const kinds = [...prefixItems, ...(isSchema(rest) ? [rest] : [])].map((kind) =>
      isSchema(kind) ? kind : toSchema30(kind),
    );
    const different = [...new Map(kinds.map((kind) => [JSON.stringify(kind), kind])).values()];
    made.items = different.length === 1 ? different[0] : { anyOf: different };
    if (rest === false) made.maxItems = Math.min(prefixItems.length, Number(made.maxItems ?? prefixItems.length));
    else if (rest === undefined && Number(made.maxItems) !== prefixItems.length) made.items = {};
  }
  const lists = made.type === 'array' || (Array.isArray(made.type) && made.type.includes('array'));
  if (lists && made.items === undefined) made.items = {};
}

function patterns(made: Draft): void {
  const { patternProperties, additionalProperties, unevaluatedProperties } = made;
  const inPlace = made.allOf === undefined && made.anyOf === undefined && made.oneOf === undefined;
  if (unevaluatedProperties === false && inPlace && additionalProperties === undefined)
    made.additionalProperties = false;
  if (!isSchema(patternProperties)) return;
  const kinds = Object.values(patternProperties).map((kind) => (isSchema(kind) ? kind : toSchema30(kind)));
  if (isSchema(additionalProperties)) kinds.push(additionalProperties);
  if (additionalProperties === undefined || additionalProperties === true) delete made.additionalProperties;
  else made.additionalProperties = kinds.length === 1 ? kinds[0] : { anyOf: kinds };
}

/** Exclusive bounds are flags in 3.0; where both are given the narrower one stays. */
function bounds(made: Draft): void {
  for (const [bound, exclusive, narrower] of [
    ['minimum', 'exclusiveMinimum', Math.max],
    ['maximum', 'exclusiveMaximum', Math.min],
  ] as const) {
    const strict = made[exclusive];
    if (typeof strict !== 'number') continue;
    const loose = made[bound];
    const chosen = typeof loose === 'number' ? narrower(strict, loose) : strict;
    made[bound] = chosen;
    if (chosen === strict) made[exclusive] = true;
    else delete made[exclusive];
  }
}

function annotations(made: Draft): void {
  if (Array.isArray(made.examples) && made.example === undefined && made.examples.length > 0)
    [made.example] = made.examples;
  const { contentEncoding, contentMediaType } = made;
  if (made.format !== undefined) return;
  if (contentEncoding === 'base64' || contentEncoding === 'base64url') made.format = 'byte';
  else if (contentMediaType === 'application/octet-stream') made.format = 'binary';
}

/** `type`, `const` and `enum`: several types become alternatives, null becomes `nullable`. */
function typed(made: Draft, { const: constant }: JsonSchema): Draft {
  if (constant === null) return { ...made, ...onlyNull };
  if (constant !== undefined) made.enum = [constant];
  const types = made.type === undefined ? [] : [made.type].flat().map(String);
  const others = types.filter((type) => type !== 'null');
  if (others.length < types.length && others.length === 0) return { ...made, ...onlyNull };
  const nullable = others.length < types.length ? { nullable: true } : {};
  if (others.length <= 1) return { ...made, ...(others.length === 0 ? {} : { type: others[0] }), ...nullable };
  const { type: _, items: item = {}, ...rest } = made;
  const choices = others.map((type) => ({ type, ...(type === 'array' ? { items: item } : {}), ...nullable }));
  return rest.anyOf === undefined ? { ...rest, anyOf: choices } : and(rest, { anyOf: choices });
}
