import type { EntityManager } from '@mikro-orm/core';
import { SallyportError } from '../errors/index.ts';
import type { Condition, Operand } from '../query/condition.ts';
import type { CallContext } from '../road/call.ts';
import { type NativeClient, TransactionExecutor } from './executor.ts';
import { type FaultTranslator, isRetryable } from './faults.ts';
import type { EntityModel, ScalarProperty } from './model.ts';
import { type Reads, runCount, runRead } from './reads.ts';
import { compileTouch } from './sql/touch.ts';
import type { StatementNames } from './statement-names.ts';
import type { NestedUnit, ReadQuery, ReadResult, Unit } from './store.ts';

export type Effect = () => void | Promise<void>;

/** What the units of one transaction share. */
export interface TransactionParts {
  readonly kind: NativeClient['kind'];
  readonly names: StatementNames;
  readonly threshold: number;
  readonly translate: FaultTranslator;
  /** What has ended the transaction while units in it were still at work. */
  lost: { readonly error: unknown } | undefined;
}

/** Nothing is sent for a caller who is gone or whose time is over. @throws SallyportError `timeout` */
export function proceed(call: CallContext): void {
  if (call.departed) {
    const { reason } = call.signal;
    throw reason instanceof SallyportError ? reason : new SallyportError('timeout', { cause: reason });
  }
}

/** One name is enough: the innermost savepoint that is open has it (SQL shadows the others). */
const open = 'savepoint sallyport';
const release = 'release savepoint sallyport';
const rollBack = 'rollback to savepoint sallyport';

/** A unit over the open transaction of an entity manager; its effects are kept for whoever ends the transaction. */
export function unitOf(em: EntityManager, parts: TransactionParts, effects: Effect[]): Unit {
  return new TransactionUnit(em, parts, effects);
}

class TransactionUnit implements NestedUnit {
  readonly em: EntityManager;
  readonly #parts: TransactionParts;
  readonly #effects: Effect[];
  readonly #reads: Reads;
  readonly #executor: TransactionExecutor;
  #nesting = false;

  constructor(em: EntityManager, parts: TransactionParts, effects: Effect[]) {
    this.em = em;
    this.#parts = parts;
    this.#effects = effects;
    this.#executor = new TransactionExecutor(em, parts.kind, parts.names);
    this.#reads = { executor: this.#executor, threshold: parts.threshold };
  }

  get lost(): boolean {
    return this.#parts.lost !== undefined;
  }

  async read(query: ReadQuery, call: CallContext): Promise<ReadResult> {
    proceed(call);
    if (query.pending !== 'leave') await this.em.flush();
    return this.#told(() => runRead(this.#reads, query, call));
  }

  async count(model: EntityModel, where: Condition, mode: 'exact' | 'estimated'): Promise<number> {
    await this.em.flush();
    return this.#told(() => runCount(this.#reads, model, where, mode));
  }

  async touch(model: EntityModel, version: ScalarProperty, primaryKey: unknown): Promise<void> {
    await this.em.flush();
    await this.#executor.run(compileTouch(model, version, primaryKey as Operand));
  }

  afterCommit(effect: Effect): void {
    this.#effects.push(effect);
  }

  nest<T>(work: (unit: NestedUnit) => Promise<T>): Promise<T> {
    return this.#alone(async () => {
      await this.#executor.command(open);
      return this.#enter(work, release);
    });
  }

  only<T>(work: (unit: Unit) => Promise<T>): Promise<T> {
    return this.#alone(() => this.#enter(work, undefined));
  }

  /** Savepoints end in the order in which they began: two at once would undo each other. */
  async #alone<T>(run: () => Promise<T>): Promise<T> {
    if (this.#nesting) throw new Error('a unit has one nested unit at a time: wait for the one that is at work');
    this.#nesting = true;
    try {
      await this.em.flush();
      return await run();
    } finally {
      this.#nesting = false;
    }
  }

  /** Runs work that is undone when it throws; `end` is what closes its savepoint. */
  async #enter<T>(work: (unit: NestedUnit) => Promise<T>, end: string | undefined): Promise<T> {
    // Nothing that others have loaded is stale here, and nothing that this one leaves behind is sent later.
    const inner = this.em.fork({ disableContextResolution: true, keepTransactionContext: true });
    const effects: Effect[] = [];
    const parts = this.#parts;
    try {
      const result = await work(new TransactionUnit(inner, parts, effects));
      await inner.flush();
      if (end !== undefined) await this.#executor.command(end);
      this.#effects.push(...effects);
      return result;
    } catch (error) {
      if (isRetryable(error)) parts.lost ??= { error };
      else if (parts.lost === undefined) await this.#undo(end);
      throw parts.lost === undefined ? parts.translate(error, 'write') : error;
    } finally {
      inner.clear();
      inner.resetTransactionContext();
    }
  }

  /** A savepoint that cannot be gone back to belongs to a transaction that is over: the connection is lost. */
  async #undo(end: string | undefined): Promise<void> {
    try {
      await this.#executor.command(rollBack);
      if (end !== undefined) await this.#executor.command(end);
    } catch (error) {
      this.#parts.lost = { error };
    }
  }

  /** What the database wants to be run again is kept as it is, for whoever runs it. */
  async #told<T>(reading: () => Promise<T>): Promise<T> {
    try {
      return await reading();
    } catch (error) {
      throw isRetryable(error) ? error : this.#parts.translate(error, 'read');
    }
  }
}
