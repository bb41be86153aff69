import type { ErrorWordings } from '../descriptor/errors.ts';
import type { OperationName } from '../descriptor/operations.ts';
import type { Policy } from '../descriptor/policy.ts';
import type { ResourceDescriptor } from '../descriptor/resource.ts';
import { ConfigurationError } from '../errors/index.ts';
import type { CodecContext, ReadScope, Representation } from '../fields/codec.ts';
import { orderTerm } from '../fields/list.ts';
import { type CompiledMember, compileMembers, outputSchema, readMembers } from '../fields/members.ts';
import { membersGate } from '../fields/members-gate.ts';
import { propertyOf, propertyOfKind } from '../fields/property-path.ts';
import { ownKeyLeaf } from '../fields/relation-filter.ts';
import { isRecordCriterion } from '../fields/rules.ts';
import { type Sight, showsPath } from '../fields/shown-path.ts';
import { type CheckValue, verifyCriterion, verifyMembers } from '../fields/verify.ts';
import type { CompiledKey, KeyScheme } from '../keys/key.ts';
import { all, type Condition, everything } from '../query/condition.ts';
import type { QueryGate } from '../query/gate.ts';
import type { OrderTerm } from '../query/order.ts';
import { totalOrder } from '../query/ordering.ts';
import { where } from '../query/where.ts';
import type { CallContext } from '../road/call.ts';
import { holds } from '../road/principal.ts';
import type { JsonSchema } from '../road/route.ts';
import type { ApiScopes, DeclaredScope } from '../scopes/api-scopes.ts';
import { authenticated, type Scope, type ScopeRequirement } from '../scopes/requirement.ts';
import type { EntityModel, ScalarProperty, ToOneProperty } from '../store/model.ts';
import type { CallCondition, RowReader, Selection } from '../store/selection.ts';
import { fieldsUnderPolicies, ResourceFieldLists } from './field-rights.ts';
import { masked } from './masks.ts';
import { capitalised } from './names.ts';
import { requirementsOf, scopeNameOf } from './requirements.ts';
import { Shapes } from './shape.ts';

/** What all resources of one API share when they are compiled. */
export interface ResourceContext {
  /** @throws ConfigurationError at `place` when the ORM does not know the entity, or none can be served from it */
  readonly modelOf: (descriptor: ResourceDescriptor, place: string) => EntityModel;
  readonly representation: Representation;
  readonly unknownProperties: 'refuse' | 'ignore';
  readonly keyScheme: KeyScheme | undefined;
  readonly scopes: ApiScopes;
  readonly resource: (name: string, place: string) => ResourcePlan;
}

/** A resource, compiled: every name resolved, every rule in its place. Immutable once the API has started. */
export class ResourcePlan {
  readonly name: string;
  readonly type: string;
  readonly path: string;
  readonly place: string;
  readonly descriptor: ResourceDescriptor;
  readonly model: EntityModel;
  readonly key: CompiledKey;
  /** Member that shows the key; `undefined` when it is not shown by itself. */
  readonly keyName: string | undefined;
  readonly members: readonly CompiledMember[];
  readonly version: ScalarProperty | undefined;
  readonly representation: Representation;
  readonly errors: ErrorWordings;
  /** Whether not every row of the table is there for every caller. */
  readonly restricted: boolean;
  /** The condition under which other resources may show one of these; absent when they always may. */
  readonly visible: CallCondition | undefined;
  /** The condition under which others may name one of these, hidden from the caller or not; absent when always. */
  readonly present: CallCondition | undefined;
  /** The to-one property that names a record's parent, for `child_of` and `parent_of`. */
  readonly hierarchy: ToOneProperty | undefined;
  readonly shapes: Shapes;
  /** The order of a search that asks for none, as it is declared. */
  readonly defaultOrder: readonly OrderTerm[];
  readonly #totalOrder: readonly OrderTerm[];
  readonly #sorts: ReadonlyMap<string, { readonly terms: readonly OrderTerm[]; readonly shownIn: string }>;
  /** Whether callers may be shown less than every field, so that documents promise none. */
  readonly reducible: boolean;
  readonly #policies: readonly Policy[];
  readonly #scopes: ApiScopes;
  readonly #readers: readonly ScopeRequirement[];
  readonly #lists: ResourceFieldLists;

  constructor(descriptor: ResourceDescriptor, context: ResourceContext) {
    const place = `resources.${descriptor.name}`;
    const model = context.modelOf(descriptor, `${place}.entity`);
    this.name = descriptor.name;
    this.type = descriptor.type ?? capitalised(descriptor.name);
    this.path = descriptor.path;
    this.place = place;
    this.descriptor = descriptor;
    this.model = model;
    this.representation = context.representation;
    this.errors = descriptor.errors ?? {};
    this.key = descriptor.key.compile({
      model,
      resource: descriptor.name,
      path: `${place}.key`,
      scheme: context.keyScheme,
    });
    this.keyName = descriptor.keyName === null ? undefined : (descriptor.keyName ?? 'id');
    this.members = compileMembers(descriptor.fields, codecContext(`${place}.fields`, model, context));
    this.version =
      descriptor.version === undefined
        ? undefined
        : propertyOfKind(model, descriptor.version, 'scalar', `${place}.version`);
    this.#policies = descriptor.policies ?? [];
    this.restricted = descriptor.domain !== undefined || this.#policies.some(({ condition }) => condition);
    this.visible = this.restricted ? (call) => this.domain(call) : undefined;
    this.present = descriptor.domain === undefined ? undefined : (call) => this.own(call);
    this.hierarchy =
      descriptor.hierarchy === undefined
        ? undefined
        : propertyOfKind(model, descriptor.hierarchy, 'toOne', `${place}.hierarchy`);
    this.defaultOrder = (descriptor.order ?? []).map((term) => orderTerm(model, term, `${place}.order`));
    this.#totalOrder = totalOrder(this.defaultOrder, model);
    this.#sorts = new Map(
      Object.entries(descriptor.sorts ?? {}).map(([name, { by, shownIn }]) => {
        const at = `${place}.sorts.${name}`;
        if (!this.members.some((member) => member.name === shownIn && member.rules.read !== false)) {
          throw new ConfigurationError(at, `there is no readable field "${shownIn}"`);
        }
        return [name, { terms: by.map((property) => orderTerm(model, property, at)), shownIn }];
      }),
    );
    this.shapes = new Shapes(this);
    const { read, search } = descriptor.operations;
    this.#scopes = context.scopes;
    const required = requirementsOf(this);
    this.#readers = [read && required.get('read'), search && required.get('search')].filter(
      (one) => typeof one === 'object',
    );
    const rules = descriptor.fieldLists ?? context.scopes.fieldLists;
    this.reducible = rules !== undefined || this.#policies.length > 0;
    this.#lists = new ResourceFieldLists({
      rules: rules ?? {},
      members: this.members.map(({ name }) => name),
      readers: this.#readers,
      required,
      scopes: context.scopes.of(scopeNameOf(descriptor)),
    });
    if (this.keyName !== undefined && this.members.some(({ name }) => name === this.keyName)) {
      throw new ConfigurationError(`${place}.fields.${this.keyName}`, 'the key has this name already');
    }
  }

  /** Looks at everything that depends on other resources, and at defaults. @throws ConfigurationError */
  verify(check: CheckValue): void {
    verifyMembers(this.members, `${this.place}.fields`, check);
    for (const [name, source] of Object.entries(this.descriptor.defaults ?? {})) {
      const place = `${this.place}.defaults.${name}`;
      const property = propertyOf(this.model, name, place);
      if (isRecordCriterion(source)) verifyCriterion(source, property, place);
    }
  }

  /** The records that exist for this call: the resource's own domain and its policies. */
  domain(call: CallContext): Condition {
    return this.#under(call, ({ condition }) => condition);
  }

  /** The records that this caller may change. */
  changeable(call: CallContext): Condition {
    return this.#under(call, ({ condition, changes = condition }) => changes);
  }

  /** The records that this caller may name in bodies. */
  referable(call: CallContext): Condition {
    return this.#under(call, ({ condition, refers = condition }) => refers);
  }

  /** The records of the resource, whoever asks. */
  own(call: CallContext): Condition {
    const { domain } = this.descriptor;
    return domain === undefined ? everything : domain(call, where<never>(this.model));
  }

  #under(call: CallContext, rule: (policy: Policy) => Policy['condition']): Condition {
    const conditions = this.policies(call).map((policy) => rule(policy)?.(call, this.model) ?? everything);
    return all(this.own(call), ...conditions);
  }

  /** The policies that have a say about this caller. */
  policies(call: CallContext): readonly Policy[] {
    return this.#policies.every(({ applies }) => applies?.(call) !== false)
      ? this.#policies
      : this.#policies.filter(({ applies }) => applies?.(call) !== false);
  }

  /** Whether policies hide records from this caller. */
  hidesFrom(call: CallContext): boolean {
    return this.policies(call).some(({ condition }) => condition !== undefined);
  }

  /** The records that may be found by some fields: those that show them. */
  showing(call: CallContext, fields: ReadonlySet<string>): Condition {
    const judged = new Set([...fields].filter((name) => !this.alwaysShows(name)));
    if (judged.size === 0) return everything;
    return all(...this.policies(call).map(({ showing }) => showing?.(call, this.model, judged) ?? everything));
  }

  /** To be awaited before a record is said to be missing. */
  async missed(call: CallContext): Promise<void> {
    for (const { missed } of this.policies(call)) await missed?.(call);
  }

  /** The fields that this caller may see; all when undefined. */
  visibleFields(call: CallContext): ReadonlySet<string> | undefined {
    return fieldsUnderPolicies(this.policies(call), this.#lists.shown(call), ({ fields }) => fields?.(call));
  }

  /** The fields that neither field lists nor policies keep this caller from writing, row masks aside; all when undefined. */
  writableFields(call: CallContext): ReadonlySet<string> | undefined {
    return fieldsUnderPolicies(this.policies(call), this.#lists.writable(call), ({ fields, writes }) =>
      (writes ?? fields)?.(call),
    );
  }

  /** Whether the caller may see a field; for a part of one (`extension.fisher`), the field. */
  shows(name: string, call: CallContext): boolean {
    const visible = this.visibleFields(call);
    const [field = ''] = name.split('.', 1);
    return visible === undefined || visible.has(field) || this.alwaysShows(field);
  }

  /** Whether the caller may learn who is above whom: not when that is shown by fields that it may not see. */
  tellsHierarchy(call: CallContext): boolean {
    if (this.hierarchy === undefined || !this.readableBy(call)) return false;
    return !this.#isHidden(this.hierarchy, this.visibleFields(call));
  }

  /**
   * Whether the caller may be told a field of whatever record, in whatever answer: by scopes, field lists and policies. Not
   * where a policy decides it record by record, or lets records be changed that it does not show.
   */
  reveals(name: string, call: CallContext): boolean {
    const decided = this.policies(call).some(({ mask, changes }) => mask !== undefined || changes !== undefined);
    return this.readableBy(call) && this.shows(name, call) && (!decided || this.alwaysShows(name));
  }

  /** Whether no policy takes a field away. */
  alwaysShows(name: string): boolean {
    return this.members.some((member) => member.name === name && member.rules.always === true);
  }

  /** Lets policies look up what they need. */
  async prepare(call: CallContext): Promise<void> {
    for (const { prepare } of this.policies(call)) await prepare?.(call);
  }

  /**
   * The scope of an operation or a method: its own, the resource's, or what the API's vocabulary says.
   * @throws ConfigurationError when none of them says anything, or names a scope that there is none of
   */
  scopeOf(
    name: OperationName | (string & {}),
    kind: 'operation' | 'method',
    own: Scope | undefined,
    place: string,
  ): DeclaredScope {
    const { scope } = this.descriptor;
    const declared = own ?? (typeof scope === 'function' ? scope(name) : undefined);
    if (declared === undefined) {
      const usual = this.#scopes.usual(scopeNameOf(this.descriptor), name, kind, place);
      if (usual !== undefined) return usual;
    }
    const asked = declared ?? (typeof scope === 'string' && scope !== '' ? `${scope}:${name}` : undefined);
    const ofMethod = kind === 'method' && own === 'authenticated';
    const requirement = ofMethod ? authenticated : this.#scopes.requirement(asked, place);
    // Nothing declared has stopped the start by now.
    return { scope: asked as Scope, requirement };
  }

  /** What the caller may name in filters and orders. */
  gate(call: CallContext): QueryGate {
    const visible = this.visibleFields(call);
    const sortable = this.#sortableFields(call, visible);
    const key =
      this.keyName === undefined
        ? {}
        : { key: { name: this.keyName, leaf: ownKeyLeaf(this, call), order: this.key.order } };
    return membersGate(this.members, this.model, call, {
      visible,
      sortable,
      ...key,
      defaultOrder: this.#orderSeen(sortable),
      sorts: this.#sorts,
    });
  }

  /** The order of a search that asks for none: of what this caller may see, down to the primary key. */
  usualOrder(call: CallContext): readonly OrderTerm[] {
    const sortable = this.#sortableFields(call, this.visibleFields(call));
    return sortable === undefined ? this.#totalOrder : totalOrder(this.#orderSeen(sortable), this.model);
  }

  #sortableFields(call: CallContext, visible: ReadonlySet<string> | undefined): ReadonlySet<string> | undefined {
    return fieldsUnderPolicies(this.policies(call), visible, ({ sorts }) => sorts?.(call));
  }

  #orderSeen(visible: ReadonlySet<string> | undefined): readonly OrderTerm[] {
    if (visible === undefined) return this.defaultOrder;
    return this.defaultOrder.filter(({ property }) => !this.#isHidden(property, visible));
  }

  /** Whether a property is shown by fields that the caller may not see: the order of records would tell of it. */
  #isHidden(property: OrderTerm['property'] | ToOneProperty, visible: ReadonlySet<string> | undefined): boolean {
    if (visible === undefined) return false;
    const showing = [
      ...this.members.filter(({ codec }) => codec.property === property).map(({ name }) => name),
      ...[...this.#sorts.values()]
        .filter(({ terms }) => terms.some((term) => term.property === property))
        .map(({ shownIn }) => shownIn),
    ];
    return showing.length > 0 && !showing.some((name) => visible.has(name) || this.alwaysShows(name));
  }

  /** The gate of the parameters that the descriptor declares: the declaration is the permission. */
  openGate(call: CallContext): QueryGate {
    return membersGate(this.members, this.model, call, { defaultOrder: this.defaultOrder, declared: true });
  }

  /** Whether the caller may read records of this resource, so that others may expand them. */
  readableBy(call: CallContext): boolean {
    return this.#readers.some((requirement) => holds(call.principal, requirement));
  }

  /** Whether a write answers what it wrote. Where nobody reads, no scope of reading holds it back. */
  shownTo(call: CallContext): boolean {
    return this.#readers.length === 0 || this.readableBy(call);
  }

  /** The schema of a record as operations answer it, its key included. */
  recordSchema(printed?: boolean): JsonSchema {
    const { description } = this.descriptor;
    const members = this.outputSchema(undefined, printed);
    const shown = { title: this.type, ...(description === undefined ? {} : { description }), ...members };
    if (this.keyName === undefined) return shown;
    return {
      ...shown,
      properties: { [this.keyName]: this.key.schema, ...(members.properties as object) },
      required: [this.keyName, ...((members.required as readonly string[] | undefined) ?? [])],
    };
  }

  /** The schema of a record, or of some of its fields. */
  outputSchema(names?: readonly string[], printed = this.representation.nulls === 'print'): JsonSchema {
    const members = names === undefined ? this.members : this.membersNamed(names);
    return outputSchema(members, printed);
  }

  /**
   * Tells which paths of a selection of fields name something that a caller is shown: in records, or in an expansion of
   * them that shows no more than `names`.
   */
  pathsShown(sight: Sight, names?: readonly string[]): (path: readonly string[]) => boolean {
    const members = this.#seen(
      names === undefined ? this.members : this.membersNamed(names),
      this.visibleFields(sight.call),
    );
    return (path) => showsPath(members, path, sight);
  }

  #seen(members: readonly CompiledMember[], visible: ReadonlySet<string> | undefined): readonly CompiledMember[] {
    return members.filter(({ name, rules }) => rules.always === true || visible === undefined || visible.has(name));
  }

  /** Adds some fields of a record to a selection, as an expansion of another resource shows them. */
  readFields(selection: Selection, scope: ReadScope, names: readonly string[]): RowReader<Record<string, unknown>> {
    const members = this.#seen(this.membersNamed(names), scope.visible(this.name));
    const { nulls } = this.representation;
    const always = new Set(members.filter(({ rules }) => rules.always === true).map(({ name }) => name));
    const read = readMembers(members, selection, { ...scope, fields: scope.fields.with(always), nulls }, nulls);
    scope.state.varies = true;
    return masked(read, scope.policies(this.name), selection, scope.state, always);
  }

  /** @throws ConfigurationError when there is no such readable field */
  membersNamed(names: readonly string[], place = this.place): readonly CompiledMember[] {
    return names.map((name) => {
      const member = this.members.find((candidate) => candidate.name === name && candidate.rules.read !== false);
      if (member === undefined)
        throw new ConfigurationError(place, `no readable field "${name}" on ${this.name} to expand`);
      return member;
    });
  }
}

function codecContext(path: string, model: EntityModel, context: ResourceContext): CodecContext {
  return {
    model,
    path,
    representation: context.representation,
    unknown: context.unknownProperties,
    resource: (name) => context.resource(name, path),
    at: (step, below = model) => codecContext(`${path}.${step}`, below, context),
  };
}
