import { ConfigurationError } from '../errors/index.ts';
import { isForbiddenName } from '../http/index.ts';
import type { JsonSchema } from '../road/route.ts';
import type { RowReader, Selection } from '../store/selection.ts';
import type { CodecContext, CompiledCodec, EntityObject, ReadScope, WriteContext } from './codec.ts';
import { type MemberReader, objectReader } from './object-reader.ts';
import { recordOf } from './resolve.ts';
import { type DefaultSource, defaultValue, type FieldDefinition, type FieldRules, isRecordCriterion } from './rules.ts';

/** One member of an object, a list's item or a resource, compiled. */
export interface CompiledMember {
  readonly name: string;
  readonly codec: CompiledCodec;
  readonly rules: FieldRules;
  readonly definition: FieldDefinition;
}

/** Compiles members in the order of their declaration. */
export function compileMembers(
  fields: Readonly<Record<string, FieldDefinition>>,
  context: CodecContext,
): readonly CompiledMember[] {
  return Object.entries(fields).map(([name, definition]) => {
    // Dots and commas part names in queries.
    if (name === '' || /[.,\s]/.test(name) || isForbiddenName(name)) {
      throw new ConfigurationError(`${context.path}.${name}`, 'a field cannot have this name');
    }
    return { name, codec: definition.codec.compile(context.at(name)), rules: definition.rules, definition };
  });
}

/** A schema that also allows null, for members that may be unset. */
export function orNull(schema: JsonSchema): JsonSchema {
  if (Array.isArray(schema.enum)) return { ...schema, type: [schema.type, 'null'], enum: [...schema.enum, null] };
  if (typeof schema.type === 'string') return { ...schema, type: [schema.type, 'null'] };
  if (Array.isArray(schema.type)) return { ...schema, type: [...schema.type, 'null'] };
  return Object.keys(schema).length === 0 ? schema : { anyOf: [schema, { type: 'null' }] };
}

function outputOf(member: CompiledMember): JsonSchema {
  const { output, nullable, unset } = member.codec;
  const mayBeNull = unset === null || unset === undefined;
  const schema = !nullable ? output : mayBeNull ? orNull(output) : { anyOf: [output, { const: unset }] };
  return member.rules.description === undefined ? schema : { ...schema, description: member.rules.description };
}

/** The schema of members as they are shown. `printed`: unset members stand there too, so all of them are required. */
export function outputSchema(members: readonly CompiledMember[], printed: boolean): JsonSchema {
  const shown = members.filter(({ rules }) => rules.read !== false);
  const required = shown.filter(({ codec }) => printed || !codec.nullable).map(({ name }) => name);
  return {
    type: 'object',
    properties: Object.fromEntries(shown.map((member) => [member.name, outputOf(member)])),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
}

/** The schema of members as they are accepted. */
export function inputSchema(
  members: readonly CompiledMember[],
  options: { readonly creating: boolean; readonly partial: boolean; readonly unknown: 'refuse' | 'ignore' },
): JsonSchema {
  // A merge patch may carry what only a create writes, as long as it says what is there: another value is refused as
  // immutable, not as unknown. An API that ignores what it does not take does not look at it.
  const repeats = options.partial && options.unknown === 'refuse';
  const accepted = members.filter((member) => isWritable(member, options.creating || repeats));
  const properties = accepted.map(({ name, codec, rules }) => {
    const input = (options.partial ? codec.patch : undefined) ?? codec.input ?? {};
    const schema = takesNull(codec, rules) ? orNull(input) : input;
    const fixed =
      !options.creating && rules.write === 'create' ? 'Accepted as it is; it cannot be changed.' : undefined;
    const description = [rules.description, fixed].filter((text) => text !== undefined).join(' ');
    return [name, description === '' ? schema : { ...schema, description }] as const;
  });
  const required = options.partial ? [] : accepted.filter(isRequired).map(({ name }) => name);
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required.length === 0 ? {} : { required }),
    ...(options.unknown === 'refuse' ? { additionalProperties: false } : {}),
  };
}

/** Whether a body that is no patch must carry the member. */
export function isRequired({ codec, rules, definition }: CompiledMember): boolean {
  return definition.default === undefined && (rules.required ?? codec.required);
}

/** Null unsets (RFC 7396 section 2): columns that can be, and what is no single column where it need not be there. */
function takesNull(codec: CompiledCodec, rules: FieldRules): boolean {
  return codec.nullable || (codec.property === undefined && !(rules.required ?? codec.required));
}

/** Whether callers may write the member. */
export function isWritable({ rules, codec }: CompiledMember, creating: boolean): boolean {
  if (codec.write === undefined || codec.input === undefined) return false;
  return rules.write === 'create' ? creating : rules.write !== false;
}

/**
 * Reads members into an object. Unset ones are written as their codec says, or left out.
 *
 * @param leading members that stand before them: the key
 */
export function readMembers(
  members: readonly CompiledMember[],
  selection: Selection,
  scope: ReadScope,
  nulls: 'print' | 'omit',
  leading: readonly MemberReader[] = [],
): RowReader<Record<string, unknown>> {
  const readers: MemberReader[] = leading.slice();
  for (const { name, codec, rules } of members) {
    if (rules.read === false || !scope.fields.includes(name)) continue;
    readers.push({ name, read: codec.read(selection, below(scope, name)), unset: codec.unset });
  }
  return objectReader(readers, nulls);
}

/** The scope as members below `name` see it. */
export function below(scope: ReadScope, name: string): ReadScope {
  const { fields, expands } = scope;
  return {
    ...scope,
    fields: fields.child(name),
    expands: (path) => expands(path === '' ? name : `${name}.${path}`),
  };
}

/**
 * Writes the members that a body carries. In mode `set` the body is the whole: writable members that it leaves out take
 * their default, or are unset where they can be.
 */
export async function writeMembers(
  members: readonly CompiledMember[],
  entity: EntityObject,
  body: Readonly<Record<string, unknown>>,
  context: WriteContext,
): Promise<void> {
  for (const member of members) {
    if (!isWritable(member, context.creating)) continue;
    const { name, codec, definition } = member;
    const here = context.below(name);
    if (Object.hasOwn(body, name) && body[name] !== undefined) await codec.write?.(entity, body[name], here);
    else if (definition.default !== undefined && (context.creating || context.mode === 'set')) {
      await writeDefault(member, definition.default, entity, here);
    } else if (context.mode === 'merge') continue;
    else if (codec.nullable || codec.property?.kind !== 'scalar') await codec.write?.(entity, null, here);
  }
}

/** Writes a member's default, which may name a record by its own properties. */
export async function writeDefault(
  { name, codec }: CompiledMember,
  source: DefaultSource,
  entity: EntityObject,
  context: WriteContext,
): Promise<void> {
  const value = defaultValue(source, context.call);
  if (!isRecordCriterion(value)) return codec.write?.(entity, value, context);
  entity[codec.property?.name ?? name] = await recordOf(value, codec.property, context);
}
