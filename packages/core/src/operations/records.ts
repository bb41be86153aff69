import { SallyportError } from '../errors/index.ts';
import { namedByKeys } from '../fields/relation-filter.ts';
import { rowSight } from '../plan/masks.ts';
import type { ResourcePlan } from '../plan/resource-plan.ts';
import { type Shape, shortHash } from '../plan/shape.ts';
import { all, type Condition, compare, everything, isOne } from '../query/condition.ts';
import { everyField } from '../query/field-selection.ts';
import type { OrderTerm } from '../query/order.ts';
import type { ApiContext } from '../road/api-context.ts';
import type { CallContext } from '../road/call.ts';
import type { RepresentationRequest } from '../road/query-dialect.ts';
import { type Row, Selection } from '../store/selection.ts';
import type { CountMode, Reader } from '../store/store.ts';

/** How records are wanted; everything that is shown by default when a part is left out. */
export interface ListOptions {
  readonly where?: Condition;
  readonly order?: readonly OrderTerm[];
  readonly limit?: number;
  readonly offset?: number;
  readonly count?: CountMode;
  readonly nulls?: 'print' | 'omit';
  readonly representation?: RepresentationRequest;
  /** Fields that the condition or the order tells of: records of which policies hide one of them are left out. */
  readonly reveals?: ReadonlySet<string>;
}

/** One record as a caller sees it. */
export interface RepresentedRecord {
  readonly value: Record<string, unknown>;
  readonly key: string | undefined;
  /** Entity tag without quotes; absent when the resource has no version. */
  readonly etag: string | undefined;
}

/** What records are looked up for. */
export type Purpose = 'read' | 'write' | 'refer';

const nothing: ReadonlySet<string> = new Set();
const everythingShown: RepresentationRequest = { fields: everyField, expand: [] };

/**
 * The records of one resource as one call may reach them: under its domain, its policies and the caller's rights.
 * Every operation reads through it, and so do methods of the user's (`call.records('group')`).
 */
export class Records {
  readonly plan: ResourcePlan;
  readonly #call: CallContext;
  readonly #reader: Reader;
  readonly #api: ApiContext;
  readonly #purpose: Purpose;

  /** @param purpose policies may let a caller change, or name, records that it may not read */
  constructor(plan: ResourcePlan, call: CallContext, reader: Reader, api: ApiContext, purpose: Purpose = 'read') {
    this.plan = plan;
    this.#call = call;
    this.#reader = reader;
    this.#api = api;
    this.#purpose = purpose;
  }

  /** The same records, read through another reader: a transaction. */
  through(reader: Reader): Records {
    return new Records(this.plan, this.#call, reader, this.#api, this.#purpose);
  }

  #domain(): Condition {
    if (this.#purpose === 'read') return this.plan.domain(this.#call);
    return this.#purpose === 'write' ? this.plan.changeable(this.#call) : this.plan.referable(this.#call);
  }

  /** The records that the caller may name in the body of another. */
  get references(): Records {
    return new Records(this.plan, this.#call, this.#reader, this.#api, 'refer');
  }

  /**
   * The primary key of the record that a key names.
   * @throws SallyportError `malformed_key`, `not_found`, `ambiguous_key`
   */
  async locate(key: string): Promise<unknown> {
    return this.locateWhere(this.plan.key.condition(key, this.#call));
  }

  /** The primary key of the one record that holds a condition. @throws SallyportError `not_found`, `ambiguous_key` */
  async locateWhere(where: Condition): Promise<unknown> {
    return this.#only(await this.find(where, 2), where);
  }

  /** The primary keys of the records that hold a condition. */
  async find(where: Condition, limit?: number): Promise<readonly unknown[]> {
    const selection = new Selection(this.plan.model);
    const read = selection.column(this.plan.model.primaryKey);
    const condition = all(this.#domain(), where);
    const { rows } = await this.#reader.read({ selection, where: condition, order: [], limit }, this.#call);
    return rows.map(read);
  }

  /** A condition that names records by keys of the wire. */
  named(...keys: readonly string[]): Condition {
    return namedByKeys(this.plan, keys, this.#call);
  }

  /**
   * The one record that holds a condition, as the caller sees it.
   * @throws SallyportError `not_found`, `ambiguous_key`
   */
  async one(where: Condition, options: Pick<ListOptions, 'nulls' | 'representation'> = {}): Promise<RepresentedRecord> {
    const shape = this.shape(options);
    const condition = all(this.#domain(), where);
    const { rows } = await this.#reader.read(
      { selection: shape.selection, where: condition, order: [], limit: 2 },
      this.#call,
    );
    const row = await this.#only(rows, where);
    const value = this.encode(shape, row);
    return { value, key: shape.key(row), etag: this.#etag(shape, row, value) };
  }

  /** A record by its primary key. @throws SallyportError `not_found` */
  represent(
    primaryKey: unknown,
    options: Pick<ListOptions, 'nulls' | 'representation'> = {},
  ): Promise<RepresentedRecord> {
    return this.one(compare(this.plan.model.primaryKey, 'eq', primaryKey as string), options);
  }

  /** Records as the caller sees them. */
  async list(options: ListOptions = {}): Promise<{
    readonly items: readonly Record<string, unknown>[];
    readonly total: number | undefined;
    readonly estimated: boolean;
  }> {
    const { nulls, representation } = options;
    const shape = this.shape({
      ...(nulls === undefined ? {} : { nulls }),
      ...(representation === undefined ? {} : { representation }),
      versioned: false,
    });
    const { where = everything, order = this.plan.usualOrder(this.#call), limit, offset, count = 'none' } = options;
    const { reveals = nothing } = options;
    const condition = all(this.#domain(), where, this.plan.showing(this.#call, reveals));
    const {
      rows,
      total,
      estimated = false,
    } = await this.#reader.read(
      { selection: shape.selection, where: condition, order, limit, offset, count },
      this.#call,
    );
    return { items: rows.map((row) => this.encode(shape, row)), total, estimated };
  }

  /** A row in the form of the wire; plugins are told of it. */
  encode(shape: Shape, row: Row): Record<string, unknown> {
    const value = shape.encode(row, this.#call);
    const { shown } = this.#api;
    if (shown !== undefined) {
      shown(this.#call, { resource: this.plan.name, key: shape.key(row), value, reader: this.#reader });
    }
    return value;
  }

  /** The way these records look to the caller. */
  shape({
    nulls,
    representation = everythingShown,
    versioned = true,
    order,
  }: Pick<ListOptions, 'nulls' | 'representation' | 'order'> & { readonly versioned?: boolean }): Shape {
    return this.plan.shapes.get(
      {
        fields: representation.fields,
        expand: representation.expand,
        nulls: nulls ?? this.plan.representation.nulls,
        versioned,
        ...(order === undefined ? {} : { order }),
      },
      this.#api.rights(this.#call),
    );
  }

  /** Whether the caller may read a record, and a field of this very one. */
  async shows(primaryKey: unknown, name: string): Promise<boolean> {
    const { plan } = this;
    if (!plan.readableBy(this.#call) || !plan.shows(name, this.#call)) return false;
    const selection = new Selection(plan.model);
    selection.column(plan.model.primaryKey);
    const seen = rowSight(plan.policies(this.#call), selection);
    const where = all(plan.domain(this.#call), compare(plan.model.primaryKey, 'eq', primaryKey as string));
    const { rows } = await this.#reader.read({ selection, where, order: [], limit: 1 }, this.#call);
    const [row] = rows;
    return row !== undefined && (plan.alwaysShows(name) || seen(name, row, this.#call));
  }

  /**
   * How many records hold a condition, hidden ones among them, and how many of them the caller may read. Not to be told:
   * for rules that treat what is ambiguous alike for all who may not see all of it.
   */
  async tally(where: Condition): Promise<{ readonly all: number; readonly readable: number }> {
    const { model } = this.plan;
    const [present, readable] = [this.plan.own(this.#call), this.plan.domain(this.#call)];
    return {
      all: await this.#reader.count(model, all(present, where), 'exact'),
      readable: await this.#reader.count(model, all(readable, where), 'exact'),
    };
  }

  /** The version of a record, as it stands in entity tags. */
  async version(primaryKey: unknown): Promise<string | undefined> {
    const shape = this.shape({});
    if (shape.version === undefined) return undefined;
    const where = compare(this.plan.model.primaryKey, 'eq', primaryKey as string);
    const { rows } = await this.#reader.read({ selection: shape.selection, where, order: [], limit: 1 }, this.#call);
    const [row] = rows;
    return row === undefined ? undefined : shape.version(row);
  }

  /** The version, and what tells this representation of it from others: the shape, and its very content where others have a say in it. */
  #etag(shape: Shape, row: readonly unknown[], value: object): string | undefined {
    const { versionShownIn } = this.plan.descriptor;
    if (shape.version === undefined) return undefined;
    if (versionShownIn !== undefined) {
      const isShown = this.plan.shows(versionShownIn, this.#call) && shape.shows(versionShownIn, row, this.#call);
      if (!isShown && !this.plan.alwaysShows(versionShownIn)) return undefined;
    }
    const version = shape.version(row);
    if (this.#api.strictness.entityTag === 'version') return version;
    const content = shape.varies ? shortHash(JSON.stringify(value)) : '';
    const variant = [shape.variant, content].filter((part) => part !== '').join('.');
    return variant === '' ? version : `${version}-${variant}`;
  }

  /**
   * The only one of what was found. That a key is ambiguous is told to those alone who may read every record that it
   * names: to all others it names none, like one that is not there.
   *
   * @throws SallyportError `not_found`, `ambiguous_key`
   */
  async #only<T>(found: readonly T[], where: Condition): Promise<T> {
    const [first, second] = found;
    const judged = first !== undefined && this.plan.hidesFrom(this.#call) && !isOne(where, this.plan.model);
    const matches = judged ? await this.tally(where) : undefined;
    if (first !== undefined && second === undefined && (matches === undefined || matches.all === 1)) return first;
    if (second !== undefined && (matches === undefined || matches.readable === matches.all)) {
      throw new SallyportError('ambiguous_key', { resource: this.plan.name });
    }
    await this.plan.missed(this.#call);
    throw new SallyportError('not_found', { resource: this.plan.name, detail: 'There is no such record.' });
  }
}
