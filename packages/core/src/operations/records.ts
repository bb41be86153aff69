import { SallyportError } from '../errors/index.ts';
import { namedByKeys } from '../fields/relation-filter.ts';
import type { ResourcePlan } from '../plan/resource-plan.ts';
import { type Shape, shortHash } from '../plan/shape.ts';
import { all, type Condition, compare } from '../query/condition.ts';
import { everyField } from '../query/field-selection.ts';
import type { OrderTerm } from '../query/order.ts';
import type { ApiContext } from '../road/api-context.ts';
import type { CallContext } from '../road/call.ts';
import type { RepresentationRequest } from '../road/query-dialect.ts';
import { Selection } from '../store/selection.ts';
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
}

/** One record as a caller sees it. */
export interface RepresentedRecord {
  readonly value: Record<string, unknown>;
  readonly key: string | undefined;
  /** Entity tag without quotes; absent when the resource has no version. */
  readonly etag: string | undefined;
}

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

  constructor(plan: ResourcePlan, call: CallContext, reader: Reader, api: ApiContext) {
    this.plan = plan;
    this.#call = call;
    this.#reader = reader;
    this.#api = api;
  }

  /** The same records, read through another reader: a transaction. */
  through(reader: Reader): Records {
    return new Records(this.plan, this.#call, reader, this.#api);
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
    return this.#only(await this.find(where, 2));
  }

  /** The primary keys of the records that hold a condition. */
  async find(where: Condition, limit?: number): Promise<readonly unknown[]> {
    const selection = new Selection(this.plan.model);
    const read = selection.column(this.plan.model.primaryKey);
    const condition = all(this.plan.domain(this.#call), where);
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
    const condition = all(this.plan.domain(this.#call), where);
    const { rows } = await this.#reader.read(
      { selection: shape.selection, where: condition, order: [], limit: 2 },
      this.#call,
    );
    const row = this.#only(rows);
    const value = shape.encode(row, this.#call);
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
    const shape = this.shape({ ...options, versioned: false });
    const { where, order = this.plan.defaultOrder, limit, offset, count = 'none' } = options;
    const condition = all(this.plan.domain(this.#call), ...(where === undefined ? [] : [where]));
    const {
      rows,
      total,
      estimated = false,
    } = await this.#reader.read(
      { selection: shape.selection, where: condition, order, limit, offset, count },
      this.#call,
    );
    return { items: rows.map((row) => shape.encode(row, this.#call)), total, estimated };
  }

  /** The way these records look to the caller. */
  shape({
    nulls,
    representation = everythingShown,
    versioned = true,
  }: Pick<ListOptions, 'nulls' | 'representation'> & { readonly versioned?: boolean }): Shape {
    return this.plan.shapes.get(
      {
        fields: representation.fields,
        expand: representation.expand,
        nulls: nulls ?? this.plan.representation.nulls,
        versioned,
      },
      this.#api.rights(this.#call),
    );
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
    if (versionShownIn !== undefined && !this.plan.shows(versionShownIn, this.#call)) return undefined;
    const version = shape.version(row);
    if (this.#api.strictness.entityTag === 'version') return version;
    const content = shape.varies ? shortHash(JSON.stringify(value)) : '';
    const variant = [shape.variant, content].filter((part) => part !== '').join('.');
    return variant === '' ? version : `${version}-${variant}`;
  }

  #only<T>(found: readonly T[]): T {
    const [first, second] = found;
    if (first === undefined) {
      throw new SallyportError('not_found', { resource: this.plan.name, detail: 'There is no such record.' });
    }
    if (second !== undefined) throw new SallyportError('ambiguous_key', { resource: this.plan.name });
    return first;
  }
}
