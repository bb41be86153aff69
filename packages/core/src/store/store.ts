import type { EntityManager } from '@mikro-orm/core';
import type { Condition } from '../query/condition.ts';
import type { OrderTerm } from '../query/order.ts';
import type { CallContext } from '../road/call.ts';
import type { EntityModel, ScalarProperty } from './model.ts';
import type { Row, Selection } from './selection.ts';

/** How many records match: not asked, counted, or the planner's estimate once the count would be large. */
export type CountMode = 'none' | 'exact' | 'estimated';

/** A read of one entity's rows. */
export interface ReadQuery {
  readonly selection: Selection;
  readonly where: Condition;
  /** Ends in the primary key; the store adds it when it is missing. */
  readonly order: readonly OrderTerm[];
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
  readonly count?: CountMode;
  /** Whether `where` holds a filter of the caller's, which may leave few rows: then a count need not gather the others. */
  readonly selective?: boolean;
  /**
   * What a unit does with changes that it has not sent yet: sends them first (the default), or leaves them, for reads that
   * cannot depend on them while a record is still being put together.
   */
  readonly pending?: 'send' | 'leave';
  /** Outside a transaction: whether it has a connection to itself, so that no quick read waits behind it. */
  readonly apart?: boolean;
}

export interface ReadResult {
  readonly rows: readonly Row[];
  /** The number that match, over all pages; absent when it was not asked for. */
  readonly total?: number;
  /** Whether `total` is an estimate. */
  readonly estimated?: boolean;
}

/** Reads rows, outside a transaction or inside one. */
export interface Reader {
  read(query: ReadQuery, call: CallContext): Promise<ReadResult>;
  count(model: EntityModel, where: Condition, mode: 'exact' | 'estimated'): Promise<number>;
}

/** A unit in a savepoint of another one. */
export interface NestedUnit extends Unit {
  /**
   * Runs `work` without a savepoint of its own: when it throws, all that was done in this unit is undone, and the unit goes
   * on. For what is written first: the savepoint of a {@link Unit.nest} would cost two more statements.
   */
  only<T>(work: (unit: Unit) => Promise<T>): Promise<T>;
}

/** One transaction: what a write runs in. Reads through it see its own writes. */
export interface Unit extends Reader {
  /** MikroORM's entity manager of this transaction; fresh for each attempt. */
  readonly em: EntityManager;
  /**
   * Moves the version of a row on by hand: for changes that touch no column of its own, such as rows that it owns. What is
   * pending is sent first; entities in memory keep the old version.
   */
  touch(model: EntityModel, version: ScalarProperty, primaryKey: unknown): Promise<void>;
  /** Runs after the commit, in order; a failure is logged and changes nothing. */
  afterCommit(effect: () => void | Promise<void>): void;
  /**
   * Runs `work` in a savepoint, on an entity manager of its own: what it has done is undone when it throws, and the
   * transaction goes on. Its effects run after the commit of the whole, if it has not thrown. What is pending here is sent
   * first; entities that this unit holds are not refreshed.
   *
   * @throws whatever `work` throws, faults of the database as {@link Store.unit} tells them
   */
  nest<T>(work: (unit: NestedUnit) => Promise<T>): Promise<T>;
  /**
   * Whether the database has given the transaction up while a nested unit was at work (a deadlock, a lost connection):
   * nothing more can be done in it, and {@link Store.unit} runs all of it again or tells the fault.
   */
  readonly lost: boolean;
}

export interface Store extends Reader {
  readonly models: ReadonlyMap<string, EntityModel>;
  /**
   * Runs `work` in one transaction and commits. On a serialization failure or a deadlock (40001, 40P01) the whole of
   * it is run again, three times at the most, with jitter.
   *
   * @throws SallyportError `duplicate`, `still_referenced`, `invalid_body`, `precondition_failed`, `unavailable`:
   * database faults told in the terms of the entity's properties (`facts.properties`), never of its columns.
   */
  unit<T>(work: (unit: Unit) => Promise<T>): Promise<T>;
  /** Resolves when the database answers. @throws SallyportError `unavailable` */
  ping(): Promise<void>;
}
