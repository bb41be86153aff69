import type { Collection } from '@mikro-orm/core';
import type { ResourcePlan } from '../plan/resource-plan.ts';
import type { JsonSchema } from '../road/route.ts';
import type { RelationProperty, ToManyProperty, ToOneProperty } from '../store/model.ts';
import type { RowReader, Selection } from '../store/selection.ts';
import type { CodecContext, CompiledCodec, FieldCodec, ReadScope, Representation, WriteContext } from './codec.ts';
import { propertyOfKind } from './property-path.ts';
import { keyLeafOf, throughRelation, verifyTarget } from './relation-filter.ts';
import { amongRows, primaryKeyOf, referenceError, resolveKey } from './resolve.ts';
import type { Sight } from './shown-path.ts';

/** How deep relations may nest in one answer, whatever descriptors say. */
export const DEEPEST_EXPANSION = 3;

export interface RelationOptions {
  /** Name of the resource on the other side. */
  readonly resource: string;
  /** Fields of the other side that are shown inside: always, or (`onRequest`) when a caller asks for it. */
  readonly expand?: readonly string[];
  readonly onRequest?: boolean;
}

/** A relation shown as the key of the other record, or with some of its fields. */
export function relationCodec(kind: 'toOne' | 'toMany', name: string, options: RelationOptions): FieldCodec {
  return {
    kind,
    compile(context: CodecContext): CompiledCodec {
      return kind === 'toOne' ? compileToOne(name, options, context) : compileToMany(name, options, context);
    },
  };
}

/** How many expansions the schema being made is in: relations may lead back to where they came from. */
let nesting = 0;

/** The schema of one side of a relation: its key, or what expansion makes of it. */
function sideSchema(target: ResourcePlan, options: RelationOptions, { expanded }: Representation): JsonSchema {
  const key = target.key.schema;
  if (options.expand === undefined || nesting >= DEEPEST_EXPANSION) return key;
  nesting += 1;
  let fields: JsonSchema;
  try {
    fields = target.outputSchema(options.expand);
  } finally {
    nesting -= 1;
  }
  const whole =
    expanded === 'pair'
      ? { type: 'array', prefixItems: [key, fields], minItems: 2, maxItems: 2 }
      : { ...fields, properties: { [target.keyName ?? 'id']: key, ...(fields.properties as object) } };
  return { anyOf: [key, whole] };
}

/** @throws ConfigurationError when the resource is not served from the relation's entity, or lacks a field to expand */
function verifySide(
  relation: RelationProperty,
  target: ResourcePlan,
  { expand = [] }: RelationOptions,
  { path }: CodecContext,
): void {
  verifyTarget(relation, target, path);
  target.membersNamed(expand, path);
}

/** Whether the fields of the other side are shown, or its key alone. */
function isExpanded(
  { expand, onRequest }: RelationOptions,
  mayRead: () => boolean,
  { depth, expands }: Pick<Sight, 'depth' | 'expands'>,
): boolean {
  return expand !== undefined && (onRequest !== true || expands('')) && depth < DEEPEST_EXPANSION && mayRead();
}

/** Whether a path below a relation names something that the expansion shows to this caller. */
function sideShows(
  target: ResourcePlan,
  options: RelationOptions,
  path: readonly string[],
  sight: Sight,
  { expanded }: Representation,
): boolean {
  if (!isExpanded(options, () => target.readableBy(sight.call), sight)) return false;
  if (path.length === 1 && path[0] === (target.keyName ?? 'id')) return expanded === 'object';
  return target.pathsShown({ ...sight, depth: sight.depth + 1 }, options.expand)(path);
}

/** Adds the other side to a selection, under its own rules. */
function readSide(
  target: ResourcePlan,
  options: RelationOptions,
  joined: Selection,
  scope: ReadScope,
  { expanded }: Representation,
): RowReader<unknown> {
  const key = target.key.read(joined);
  if (options.expand === undefined || !isExpanded(options, () => scope.mayRead(target.name), scope)) return key;
  const fields = target.readFields(joined, { ...scope, depth: scope.depth + 1 }, options.expand);
  if (expanded === 'pair') {
    return (row) => {
      const text = key(row);
      return text === undefined ? undefined : [text, fields(row)];
    };
  }
  const keyName = target.keyName ?? 'id';
  const showsKey = scope.fields.includes(keyName);
  return (row) => {
    const text = key(row);
    if (text === undefined) return undefined;
    return showsKey ? { [keyName]: text, ...fields(row) } : fields(row);
  };
}

function compileToOne(name: string, options: RelationOptions, context: CodecContext): CompiledCodec {
  const relation: ToOneProperty = propertyOfKind(context.model, name, 'toOne', context.path);
  const { representation } = context;
  const target = () => context.resource(options.resource);
  return {
    get output() {
      return sideSchema(target(), options, representation);
    },
    get input() {
      return target().key.schema;
    },
    nullable: relation.nullable,
    required: !relation.nullable,
    unset: representation.unset.toOne,
    property: relation,
    expandsOnRequest: options.onRequest === true,
    read(selection, scope) {
      const other = target();
      const { primary } = other.key;
      if (primary !== undefined && options.expand === undefined && !other.restricted) {
        const column = selection.column(relation);
        return (row) => {
          const value = column(row);
          return value === null ? undefined : primary.encode(value);
        };
      }
      // Another column than the foreign key is shown, or a condition on the other record decides.
      scope.state.varies = true;
      return readSide(other, options, selection.toOne(relation, other.visible), scope, representation);
    },
    async write(entity, value, writing) {
      entity[name] = value === null ? null : await resolve(target(), value, writing);
    },
    verify: () => verifySide(relation, target(), options, context),
    shows: (path, sight) => sideShows(target(), options, path, sight, representation),
    leaf: (call) => keyLeafOf(relation, target(), call),
    relation: (call) => throughRelation(relation, target(), call),
  };
}

function compileToMany(name: string, options: RelationOptions, context: CodecContext): CompiledCodec {
  const relation: ToManyProperty = propertyOfKind(context.model, name, 'toMany', context.path);
  const { representation } = context;
  const target = () => context.resource(options.resource);
  return {
    get output() {
      return { type: 'array', items: sideSchema(target(), options, representation) };
    },
    get input() {
      const keys = { type: 'array', items: target().key.schema, maxItems: 1000 };
      const change = { type: 'object', properties: { add: keys, remove: keys }, additionalProperties: false };
      return { anyOf: [keys, change] };
    },
    nullable: false,
    required: false,
    unset: [],
    populate: [name],
    expandsOnRequest: options.onRequest === true,
    read(selection, scope) {
      const other = target();
      // The other side can be changed from over there.
      scope.state.varies = true;
      const read = selection.toMany(relation, { where: other.visible }, (each) =>
        readSide(other, options, each, scope, representation),
      );
      return (row) => read(row).filter((value) => value !== undefined);
    },
    async write(entity, value, writing) {
      const collection = entity[name] as Collection<object>;
      const side = (keys: readonly unknown[] | undefined) =>
        Promise.all((keys ?? []).map((text, index) => resolve(target(), text, writing.below(index))));
      if (value === null || Array.isArray(value)) {
        const wanted = await side((value as readonly unknown[] | null) ?? []);
        collection.set([...(await hidden(collection, target(), writing)), ...wanted]);
      } else {
        const { add, remove } = value as { add?: readonly unknown[]; remove?: readonly unknown[] };
        for (const other of await side(add)) collection.add(other);
        for (const other of await side(remove)) collection.remove(other);
      }
      if (collection.isDirty()) writing.touch();
    },
    verify: () => verifySide(relation, target(), options, context),
    shows: (path, sight) => sideShows(target(), options, path, sight, representation),
    leaf: (call) => keyLeafOf(relation, target(), call),
    relation: (call) => throughRelation(relation, target(), call),
  };
}

/** What is related and outside of what the caller may reach: it stays, whatever list the caller sends. */
async function hidden(
  collection: Collection<object>,
  target: ResourcePlan,
  writing: WriteContext,
): Promise<readonly object[]> {
  if (writing.creating || target.visible === undefined) return [];
  const present = collection.getItems(false);
  const shown = await amongRows(target.model, present, target.visible(writing.call), writing);
  return present.filter((other) => !shown.has(String(primaryKeyOf(target.model, other))));
}

function resolve(target: ResourcePlan, value: unknown, writing: WriteContext): Promise<object> {
  return resolveKey(target, String(value), writing, (reason) => referenceError(reason, writing, value));
}
