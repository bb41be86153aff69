import {
  type CodecContext,
  ConfigurationError,
  codeableConcept,
  firstCoding,
  type JsonSchema,
  type WriteContext,
} from '@sallyport/core';
import { type CodeSource, findCode, invalidPart, type StoredCode } from './codes.ts';
import type { ExtensionField } from './declaration.ts';
import { nameLookup } from './references.ts';

/** A field of an extension, compiled: its schemas, and the way between the wire and what is stored. */
export interface FieldKind {
  readonly output: JsonSchema;
  readonly input: JsonSchema;
  /** What is stored of a checked value; undefined: nothing, it is unset. @throws SallyportError `invalid_body` */
  store(value: unknown, context: WriteContext): unknown;
  /** The value of the wire; undefined for what is no value. */
  show(stored: unknown): unknown;
  /** What there is to say once all resources are there. @throws ConfigurationError */
  verify?(): void;
}

type Of<K extends ExtensionField['kind']> = Extract<ExtensionField, { readonly kind: K }>;

/** What fields stand in. */
export interface KindContext {
  readonly codec: CodecContext;
  readonly codes: CodeSource | undefined;
  readonly path: string;
}

const asIs = (value: unknown): unknown => value;
/** What is not there, and texts and lists of nothing, are left out. */
const unlessEmpty = (value: unknown): unknown =>
  value === null || value === '' || (Array.isArray(value) && value.length === 0) ? undefined : value;

/** Compiles a field by its kind. @throws ConfigurationError */
export function kindOf(field: ExtensionField, context: KindContext): FieldKind {
  switch (field.kind) {
    case 'text': {
      const { maxLength = 2000, pattern } = field;
      const schema = { type: 'string', maxLength, ...(pattern === undefined ? {} : { pattern }) };
      // What is cleared by an empty text need not look like a value.
      const input = pattern === undefined ? schema : { anyOf: [schema, { type: 'string', maxLength: 0 }] };
      return { output: schema, input, store: unlessEmpty, show: unlessEmpty };
    }
    case 'integer':
    case 'number':
      return numeric(field);
    case 'boolean':
      return scalar({ type: 'boolean' });
    case 'date':
      return scalar({ type: 'string', format: 'date' });
    case 'timestamp':
      return { ...scalar({ type: 'string', format: 'date-time' }), store: storeInstant };
    case 'choice':
      return scalar({ type: 'string', enum: field.values });
    case 'code':
      return field.many === true ? several(coded(field, context)) : coded(field, context);
    case 'reference':
      return field.many === true ? several(reference(field, context)) : reference(field, context);
  }
}

const scalar = (schema: JsonSchema): FieldKind => ({
  output: schema,
  input: schema,
  store: asIs,
  show: unlessEmpty,
});

function numeric({ kind, minimum, maximum }: Of<'integer' | 'number'>): FieldKind {
  // Beyond these a double does not tell whole numbers apart.
  const [least, most] =
    kind === 'integer' ? [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER] : [undefined, undefined];
  const bounds = { minimum: minimum ?? least, maximum: maximum ?? most };
  return scalar({
    type: kind,
    ...Object.fromEntries(Object.entries(bounds).filter(([, bound]) => bound !== undefined)),
  });
}

/** The format lets through what no `Date` is: years beyond its calendar. */
function storeInstant(value: unknown, { path }: WriteContext): string {
  const instant = instantOf(String(value));
  if (instant === undefined) throw invalidPart(path, 'This is no instant that can be stored.', value);
  return instant;
}

/** An instant in UTC with milliseconds: one text for each. */
export function instantOf(text: string): string | undefined {
  const time = /T.*(?:Z|[+-][0-9]{2}:[0-9]{2})$/i.test(text) ? Date.parse(text.toUpperCase()) : Number.NaN;
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

function coded({ system }: Of<'code'>, { codes, path }: KindContext): FieldKind {
  if (codes === undefined) throw new ConfigurationError(path, 'say where codes are kept: the option `codes`');
  return {
    output: codeableConcept,
    input: { anyOf: [{ type: 'string', maxLength: 1000 }, codeableConcept] },
    async store(value, context): Promise<StoredCode | undefined> {
      const sent = typeof value === 'string' ? { system, code: value } : firstCoding(value);
      if (sent === undefined || sent.code === '') return undefined;
      return findCode(codes, system, sent, context);
    },
    show(stored) {
      const { code, display } = stored as Partial<StoredCode>;
      // What was stored when the field was of another kind.
      if (code === undefined) return undefined;
      return { coding: [{ system, code, display }], text: display };
    },
  };
}

function reference({ resource, by }: Of<'reference'>, { codec, path }: KindContext): FieldKind {
  const lookup = nameLookup(codec, { resource, by, path });
  const schema = { type: 'string', maxLength: 1000 };
  return {
    output: schema,
    input: schema,
    store: (value, context) => (value === '' ? undefined : lookup.find(String(value), context)),
    show: unlessEmpty,
    verify: () => lookup.verify(),
  };
}

/** Most values of a list. */
const mostValues = 200;

function several(one: FieldKind): FieldKind {
  const list = (items: JsonSchema) => ({ type: 'array', items, maxItems: mostValues });
  return {
    ...one,
    output: list(one.output),
    input: list(one.input),
    async store(value, context) {
      const stored: unknown[] = [];
      for (const [index, each] of (value as readonly unknown[]).entries()) {
        const kept = await one.store(each, context.below(index));
        if (kept !== undefined) stored.push(kept);
      }
      return unlessEmpty(stored);
    },
    show(stored) {
      const values: readonly unknown[] = Array.isArray(stored) ? stored : [stored];
      return unlessEmpty(values.map((each) => one.show(each)).filter((each) => each !== undefined));
    },
  };
}
