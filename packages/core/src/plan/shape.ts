import type { Policy } from '../descriptor/policy.ts';
import { readMembers } from '../fields/members.ts';
import { microsecondsOf } from '../fields/scalars.ts';
import type { Operand } from '../query/condition.ts';
import type { FieldMask } from '../query/field-selection.ts';
import type { OrderTerm } from '../query/order.ts';
import type { CallContext } from '../road/call.ts';
import { type Row, type RowReader, Selection } from '../store/selection.ts';
import { masked, type ReadingState, rowSight } from './masks.ts';
import type { ResourcePlan } from './resource-plan.ts';

/** What a caller wants to see of records. */
export interface ShapeRequest {
  readonly fields: FieldMask;
  /** Relations to expand, among those that expand on request. */
  readonly expand: readonly string[];
  readonly nulls: 'print' | 'omit';
  /** Whether the version is read too, for entity tags. Default true. */
  readonly versioned?: boolean;
  /** The order whose values are read with each row, so that a read can go on behind it. */
  readonly order?: readonly OrderTerm[];
}

/** One way to read a resource's records: a selection, and what makes JSON of its rows. */
export interface Shape {
  readonly selection: Selection;
  readonly encode: (row: Row, call: CallContext) => Record<string, unknown>;
  readonly key: RowReader<string | undefined>;
  readonly primaryKey: RowReader<unknown>;
  /** The record's version as an opaque text; absent when the resource has none, or nobody asked for it. */
  readonly version: RowReader<string> | undefined;
  /** The values that the order has at a row; absent where none was asked for. */
  readonly place: RowReader<readonly Operand[]> | undefined;
  /** Tells shapes apart in entity tags: empty for the whole record as everybody sees it. */
  readonly variant: string;
  /** Whether what is shown hangs on more than the record and its version: records of others, masks on rows. */
  readonly varies: boolean;
  /** Whether policies let a field of one row be shown. */
  readonly shows: (name: string, row: Row, call: CallContext) => boolean;
}

/** How the rights of callers bear on a shape. */
export interface Rights {
  readonly mayRead: (resource: string) => boolean;
  readonly visible: (resource: string) => ReadonlySet<string> | undefined;
  /** The policies of a resource that have a say about the caller. */
  readonly policies: (resource: string) => readonly Policy[];
}

interface Family {
  /** Resources whose rights have been asked for while building its shapes. */
  readonly asked: Set<string>;
  readonly shapes: Map<string, Shape>;
}

/** Most shapes that are kept; they are few in practice, and a caller who makes up many only loses the cache's help. */
const MOST_FAMILIES = 200;

/** Most shapes of one family: one for each combination of rights, such as field lists that clients have of their own. */
const MOST_SHAPES = 200;

/** The shapes of one resource, each compiled when it is first asked for. */
export class Shapes {
  readonly #plan: ResourcePlan;
  readonly #families = new Map<string, Family>();

  constructor(plan: ResourcePlan) {
    this.#plan = plan;
  }

  get(request: ShapeRequest, rights: Rights): Shape {
    const name = `${request.versioned ?? true}|${request.nulls}|${request.fields.names().join(',')}|${request.expand.join(',')}|${request.order?.map(columnOf).join(',') ?? ''}`;
    let family = this.#families.get(name);
    if (family === undefined) {
      if (this.#families.size >= MOST_FAMILIES) this.#families.delete(this.#families.keys().next().value as string);
      family = { asked: new Set([this.#plan.name]), shapes: new Map() };
      this.#families.set(name, family);
    }
    const { asked, shapes } = family;
    const before = asked.size;
    const rightsKey = describeRights(asked, rights);
    const existing = shapes.get(rightsKey);
    if (existing !== undefined) return existing;
    const shape = this.#build(request, rights, asked);
    // A resource that was asked for the first time changes what the keys of this family must tell apart.
    if (asked.size > before) shapes.clear();
    if (shapes.size >= MOST_SHAPES) shapes.delete(shapes.keys().next().value as string);
    shapes.set(describeRights(asked, rights), shape);
    return shape;
  }

  #build(request: ShapeRequest, rights: Rights, asked: Set<string>): Shape {
    const plan = this.#plan;
    const visible = rights.visible(plan.name);
    const selection = new Selection(plan.model);
    const primaryKey = selection.column(plan.model.primaryKey);
    const key = plan.key.read(selection);
    const version =
      plan.version === undefined || request.versioned === false ? undefined : versionReader(plan, selection);
    const places = request.order?.map((term) => placeReader(term, selection));
    const members = plan.members.filter(
      ({ name, rules }) => rules.always === true || visible === undefined || visible.has(name),
    );
    const always = new Set(plan.members.filter(({ rules }) => rules.always === true).map(({ name }) => name));
    const kept = plan.keyName === undefined ? always : new Set([...always, plan.keyName]);
    const { fields, nulls } = request;
    const state: ReadingState = { call: undefined, varies: false };
    const read = readMembers(
      members,
      selection,
      {
        depth: 0,
        mayRead(resource) {
          asked.add(resource);
          return rights.mayRead(resource);
        },
        visible(resource) {
          asked.add(resource);
          return rights.visible(resource);
        },
        policies(resource) {
          asked.add(resource);
          return rights.policies(resource);
        },
        expands: (path) => request.expand.includes(path),
        nulls,
        fields: fields.with(always),
        state,
      },
      nulls,
      plan.keyName === undefined || !fields.includes(plan.keyName)
        ? []
        : [{ name: plan.keyName, read: key, unset: null }],
    );
    const policies = rights.policies(plan.name);
    const encode = masked(read, policies, selection, state, kept);
    return {
      selection,
      key,
      primaryKey,
      version,
      place: places && ((row) => places.map((read) => read(row))),
      variant: variantOf(request, rights, asked),
      varies: state.varies,
      shows: rowSight(policies, selection),
      encode: state.varies
        ? (row, call) => {
            state.call = call;
            return encode(row);
          }
        : encode,
    };
  }
}

function describeRights(resources: ReadonlySet<string>, rights: Rights): string {
  let text = '';
  for (const name of resources) {
    const visible = rights.visible(name);
    const masks = rights.policies(name).filter(({ mask }) => mask !== undefined);
    text += `${rights.mayRead(name) ? '+' : '-'}${visible === undefined ? '' : textOf(visible)}`;
    text += `${masks.map((policy) => ` ${policy.name}`).join('')};`;
  }
  return text;
}

const texts = new WeakMap<ReadonlySet<string>, string>();

/** A set of fields as a text: the same for the same names. Remembered, since callers are shown the same set call after call. */
function textOf(names: ReadonlySet<string>): string {
  let text = texts.get(names);
  if (text === undefined) {
    text = JSON.stringify([...names].sort());
    texts.set(names, text);
  }
  return text;
}

/** Which column a term of an order stands for. */
const columnOf = ({ through, property }: OrderTerm): string =>
  [...through.map(({ name }) => name), property.name].join('.');

function placeReader({ through, property }: OrderTerm, selection: Selection): RowReader<Operand> {
  return through.reduce((at, relation) => at.toOne(relation), selection).column<Operand>(property);
}

function versionReader(plan: ResourcePlan, selection: Selection): RowReader<string> {
  const property = plan.version;
  if (property === undefined) throw new Error('the plan has no version');
  const column = selection.column<string | number>(property);
  return property.type === 'timestamp' ? (row) => microsecondsOf(String(column(row))) : (row) => String(column(row));
}

/** What tells this shape from that of a whole record as everybody sees it, if anything does. */
function variantOf(request: ShapeRequest, rights: Rights, asked: ReadonlySet<string>): string {
  const limited = [...asked].some((name) => !rights.mayRead(name) || rights.visible(name) !== undefined);
  if (request.fields.everything && request.expand.length === 0 && !limited) return '';
  return shortHash(`${request.fields.names().join(',')}|${request.expand.join(',')}|${describeRights(asked, rights)}`);
}

/** A short name of a text, for entity tags (FNV-1a). */
export function shortHash(text: string): string {
  let hash = 2_166_136_261;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 16_777_619);
  return (hash >>> 0).toString(36);
}
