import {
  applyMask,
  type CodecContext,
  type CompiledCodec,
  ConfigurationError,
  type EntityObject,
  type FieldCodec,
  type JsonSchema,
  type ScalarProperty,
  type WriteContext,
} from '@sallyport/core';
import { type CodeSource, invalidPart } from './codes.ts';
import type { Extension } from './declaration.ts';
import { type FieldKind, kindOf } from './kinds.ts';

/** What is stored: by key of the extension, by name of the field. */
type Stored = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** An extension with its fields compiled. */
export interface CompiledExtension {
  readonly extension: Extension;
  readonly kinds: ReadonlyMap<string, FieldKind>;
}

const compiledBy = new WeakMap<object, readonly CompiledExtension[]>();

/** The extensions of a field, when it is one of extensions. */
export function extensionsOfField(codec: object): readonly CompiledExtension[] {
  return compiledBy.get(codec) ?? [];
}

/** Extensions in one JSON column. Read on request, `expand` naming each; written by merge patch, each by itself. */
export function extensionsCodec(
  property: string,
  extensions: readonly Extension[],
  codes: CodeSource | undefined,
): FieldCodec {
  return {
    kind: 'extensions',
    compile(context: CodecContext): CompiledCodec {
      const column = columnOf(property, context);
      const compiled = extensions.map((extension) => compileExtension(extension, context, codes));
      const byKey = new Map(compiled.map((each) => [each.extension.key, each]));
      const codec: CompiledCodec = {
        output: schemaOf(compiled, outputOf),
        input: schemaOf(compiled, inputOf),
        nullable: true,
        required: false,
        unset: null,
        parts: [...byKey.keys()],
        needs: 'extensions',
        populate: [],
        read(selection, { expands, fields }) {
          const asked = compiled.filter(({ extension: { key } }) => fields.includes(key) && expands(key));
          if (asked.length === 0) return () => undefined;
          const read = selection.column<Stored | null>(column);
          return (row) => {
            const stored = read(row);
            if (stored === null) return undefined;
            const shown: Record<string, unknown> = {};
            for (const each of asked) {
              const { key } = each.extension;
              const value = show(each, stored[key]);
              if (value !== undefined) shown[key] = applyMask(value, fields.child(key));
            }
            return Object.keys(shown).length === 0 ? undefined : shown;
          };
        },
        write: (entity, value, writing) => write(entity, property, byKey, value, writing),
        verify() {
          for (const { extension, kinds } of compiled) {
            for (const kind of kinds.values()) kind.verify?.();
            const place = context.at(extension.key).at('appliesTo');
            for (const name of extension.appliesTo) place.resource(name);
          }
        },
      };
      compiledBy.set(codec, compiled);
      return codec;
    },
  };
}

function columnOf(name: string, { model, path }: CodecContext): ScalarProperty {
  const property = model.properties.get(name);
  if (property?.kind !== 'scalar' || property.type !== 'json' || !property.nullable) {
    throw new ConfigurationError(path, `"${name}" is no JSON column of ${model.name} that may be null`);
  }
  return property;
}

function compileExtension(extension: Extension, codec: CodecContext, codes: CodeSource | undefined): CompiledExtension {
  const kinds = extension.fields.map(({ name, storageName, field }) => {
    const path = `extensions.${extension.key}.fields.${storageName}`;
    return [name, kindOf(field, { codec, codes, path })] as const;
  });
  return { extension, kinds: new Map(kinds) };
}

/** What is shown of an extension; nothing when no field has a value. */
function show({ extension, kinds }: CompiledExtension, stored: Stored[string] | undefined): object | undefined {
  if (stored === undefined) return undefined;
  const shown: Record<string, unknown> = { url: extension.url };
  let isEmpty = true;
  for (const [name, kind] of kinds) {
    const own = stored[name];
    const value = own == null ? undefined : kind.show(own);
    if (value === undefined) continue;
    shown[name] = value;
    isEmpty = false;
  }
  return isEmpty ? undefined : shown;
}

/**
 * A merge patch of each extension and of each of its fields (RFC 7396), whatever the operation: they are shown on
 * request, so that who replaces a record may never have seen them. Null in place of all of them changes nothing.
 */
async function write(
  entity: EntityObject,
  property: string,
  byKey: ReadonlyMap<string, CompiledExtension>,
  value: unknown,
  writing: WriteContext,
): Promise<void> {
  if (value === null || value === undefined) return;
  const stored: Record<string, unknown> = { ...(entity[property] as Stored | null | undefined) };
  for (const [key, sent] of Object.entries(value)) {
    const here = writing.below(key);
    const compiled = byKey.get(key);
    // Bodies of requests have been held against the schema.
    if (compiled === undefined) throw invalidPart(here.path, 'There is no such extension.', undefined);
    const own = sent === null ? {} : await merged(compiled, stored[key] as Stored[string] | undefined, sent, here);
    if (Object.keys(own).length === 0) delete stored[key];
    else stored[key] = own;
  }
  entity[property] = Object.keys(stored).length === 0 ? null : stored;
}

async function merged(
  { kinds }: CompiledExtension,
  stored: Stored[string] | undefined,
  sent: object,
  writing: WriteContext,
): Promise<Readonly<Record<string, unknown>>> {
  const own: Record<string, unknown> = { ...stored };
  for (const [name, value] of Object.entries(sent)) {
    const kind = kinds.get(name);
    if (kind === undefined) continue;
    const kept = value === null ? undefined : await kind.store(value, writing.below(name));
    if (kept === undefined) delete own[name];
    else own[name] = kept;
  }
  return own;
}

function schemaOf(compiled: readonly CompiledExtension[], partOf: (each: CompiledExtension) => JsonSchema): JsonSchema {
  const properties = Object.fromEntries(compiled.map((each) => [each.extension.key, partOf(each)]));
  return { type: 'object', properties, additionalProperties: false };
}

function partSchema(
  { extension, kinds }: CompiledExtension,
  title: string,
  schemaOfKind: (kind: FieldKind) => JsonSchema,
): JsonSchema {
  const { key, name, description = `The extension ${name}.`, url, fields } = extension;
  const properties = fields.map(({ name: field, field: { description: told } }) => {
    const schema = schemaOfKind(kinds.get(field) as FieldKind);
    return [field, told === undefined ? schema : { ...schema, description: told }] as const;
  });
  return {
    title: `${key.charAt(0).toUpperCase()}${key.slice(1)}${title}`,
    description,
    type: 'object',
    properties: { url: { const: url, description: 'The URL of the extension.' }, ...Object.fromEntries(properties) },
    additionalProperties: false,
  };
}

const outputOf = (each: CompiledExtension) => partSchema(each, 'Extension', ({ output }) => output);

/** Null clears: a field, or the whole of an extension. */
const inputOf = (each: CompiledExtension) => orNull(partSchema(each, 'ExtensionChange', ({ input }) => orNull(input)));

/** No alternatives of objects: a fault inside is told with its own place. */
function orNull(schema: JsonSchema): JsonSchema {
  if (Array.isArray(schema.anyOf)) return { anyOf: [...schema.anyOf, { type: 'null' }] };
  const values = Array.isArray(schema.enum) ? { enum: [...schema.enum, null] } : {};
  return { ...schema, type: [schema.type, 'null'], ...values };
}
