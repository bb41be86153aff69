import type { OpenAPIObject, ReferenceObject, SchemaObject } from 'openapi3-ts/oas31';

type Schema = SchemaObject | ReferenceObject;

/** How deep samples go: schemas may hold themselves. */
const deepest = 6;

const byFormat: Readonly<Record<string, string>> = {
  date: '2026-01-31',
  'date-time': '2026-01-31T08:30:00Z',
  time: '08:30:00Z',
  duration: 'P1D',
  email: 'ann@example.org',
  uuid: '3d0ca315-aff9-4fc2-be61-3b76b9a2d798',
  uri: 'https://example.org/',
  'uri-reference': '/',
  hostname: 'example.org',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  byte: 'AA==',
};

/** What is tried where a schema has a pattern. */
const plain = ['1', '1.0', 'A', 'AB', 'a-1', '0'.repeat(8)];

/** The part of a document that a reference names, and what is no reference itself. */
export function resolved<T extends object>(document: OpenAPIObject, part: T | ReferenceObject): T {
  if (!('$ref' in part)) return part;
  let found: unknown = document;
  for (const step of String(part.$ref).replace(/^#\//, '').split('/')) {
    const name = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
    found = (found as Readonly<Record<string, unknown>> | undefined)?.[name];
  }
  if (typeof found !== 'object' || found === null) throw new TypeError(`the document has no ${part.$ref}`);
  return resolved(document, found as T | ReferenceObject);
}

/**
 * A value that a schema allows, for people to write their own in its place: what the schema itself gives as an example, a
 * default or a constant, else something of its type. Of patterns it knows the simple ones.
 */
export function sampleOf(document: OpenAPIObject, schema: Schema | undefined, depth = 0): unknown {
  if (schema === undefined || depth > deepest) return undefined;
  const { allOf, oneOf, anyOf, ...own } = resolved<SchemaObject>(document, schema);
  if (allOf !== undefined) return sampleOf(document, mergedOf(document, [own, ...allOf]), depth);
  const given = [own.examples?.[0], own.example, own.const, own.default, own.enum?.find((value) => value !== null)];
  const known = given.find((value) => value !== undefined);
  if (known !== undefined) return known;
  const choices = oneOf ?? anyOf;
  if (choices !== undefined) {
    const values = choices.map((choice) => sampleOf(document, choice, depth));
    return values.find((value) => value !== undefined && value !== null) ?? null;
  }
  return ofType(document, own, depth);
}

function ofType(document: OpenAPIObject, schema: SchemaObject, depth: number): unknown {
  switch (typeOf(schema)) {
    case 'object':
      return objectSample(document, schema, depth);
    case 'array': {
      const items = Array.from({ length: Math.max(1, schema.minItems ?? 0) }, () =>
        sampleOf(document, schema.items, depth + 1),
      );
      return items.includes(undefined) ? [] : items;
    }
    case 'integer':
    case 'number':
      return numberSample(schema);
    case 'boolean':
      return true;
    case 'null':
      return null;
    case 'string':
      return stringSample(schema);
    default:
      return undefined;
  }
}

function stringSample({ format = '', pattern, minLength = 0, maxLength }: SchemaObject): string {
  const texts = [byFormat[format] ?? 'text', ...plain].map((text) => text.padEnd(minLength, 'x').slice(0, maxLength));
  const [first = ''] = texts;
  if (pattern === undefined) return first;
  const fits = new RegExp(pattern, 'u');
  return texts.find((text) => fits.test(text)) ?? first;
}

function typeOf({ type, properties, items }: SchemaObject): string | undefined {
  const named = Array.isArray(type) ? type.find((one) => one !== 'null') : type;
  return named ?? (properties !== undefined ? 'object' : items !== undefined ? 'array' : undefined);
}

function objectSample(document: OpenAPIObject, schema: SchemaObject, depth: number): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    if (resolved<SchemaObject>(document, member).readOnly === true) continue;
    const value = sampleOf(document, member, depth + 1);
    // A deep schema may have no sample; then the member is left out.
    if (value !== undefined) members[name] = value;
  }
  return members;
}

function numberSample({ minimum, exclusiveMinimum, maximum, multipleOf = 1 }: SchemaObject): number {
  const least = minimum ?? (typeof exclusiveMinimum === 'number' ? exclusiveMinimum + multipleOf : 1);
  return maximum !== undefined && maximum < least ? maximum : least;
}

/** The schemas of an `allOf` as one: enough for samples. */
function mergedOf(document: OpenAPIObject, schemas: readonly Schema[]): SchemaObject {
  const parts = schemas.map((schema) => resolved<SchemaObject>(document, schema));
  return {
    ...Object.assign({}, ...parts),
    ...(parts.some(({ properties }) => properties !== undefined)
      ? { properties: Object.assign({}, ...parts.map(({ properties }) => properties ?? {})) }
      : {}),
  };
}
