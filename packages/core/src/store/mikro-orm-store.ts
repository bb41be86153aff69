import { setTimeout as delay } from 'node:timers/promises';
import type { EntityManager, MikroORM } from '@mikro-orm/core';
import { SallyportError } from '../errors/index.ts';
import { PoolExecutor } from './executor.ts';
import { faultTranslator, isRetryable } from './faults.ts';
import { describeEntities } from './metadata.ts';
import { type Reads, runCount, runRead } from './reads.ts';
import { StatementNames } from './statement-names.ts';
import type { Store, Unit } from './store.ts';
import { type Effect, proceed, type TransactionParts, unitOf } from './units.ts';

/** How a store behaves; everything has a default. */
export interface StoreOptions {
  /** Up to this number an estimated count is exact. 10 000. */
  readonly countThreshold?: number;
  /** How many shapes of statements become prepared statements on each connection. 500; none with 0 (for PgBouncer). */
  readonly maxShapes?: number;
  /** How often a unit is tried in all when the database asks for it (40001, 40P01). 3. */
  readonly attempts?: number;
  /** Told of a failed effect after a commit; the answer is not changed by it. */
  readonly onEffectFailure?: (error: unknown) => void;
}

/**
 * The store over MikroORM, on PostgreSQL or PGlite: reads by SQL on its connections, writes by its unit of work.
 *
 * @throws ConfigurationError when the ORM's metadata contradict themselves.
 */
export function createStore(orm: MikroORM, options: StoreOptions = {}): Store {
  const { countThreshold: threshold = 10_000, maxShapes = 500, attempts = 3, onEffectFailure = () => {} } = options;
  const models = describeEntities(orm);
  const translate = faultTranslator(orm);
  const names = new StatementNames(maxShapes);
  const pool = new PoolExecutor(orm, names);
  const reads: Reads = { executor: pool, threshold };

  return {
    models,
    async read(query, call) {
      proceed(call);
      try {
        return await runRead(reads, query, call);
      } catch (error) {
        throw translate(error, 'read');
      }
    },
    async count(model, where, mode) {
      try {
        return await runCount(reads, model, where, mode);
      } catch (error) {
        throw translate(error, 'read');
      }
    },
    async unit<T>(work: (unit: Unit) => Promise<T>): Promise<T> {
      for (let attempt = 1; ; attempt += 1) {
        const effects: Effect[] = [];
        let parts: TransactionParts | undefined;
        let result: T;
        try {
          const native = await pool.native();
          // Kysely would wait for ever for a transaction of a closed PGlite.
          if (native.kind === 'pglite' && native.db.closed) throw new Error('PGlite is closed');
          const shared: TransactionParts = { kind: native.kind, names, threshold, translate, lost: undefined };
          parts = shared;
          result = await transact(orm, async (em) => {
            const made = await work(unitOf(em, shared, effects));
            // Whoever has gone on regardless has nothing to commit any more.
            if (shared.lost !== undefined) throw shared.lost.error;
            return made;
          });
        } catch (thrown) {
          const error = parts?.lost === undefined ? thrown : parts.lost.error;
          if (attempt >= attempts || !isRetryable(error)) throw translate(error, 'write');
          await delay(Math.random() * 20 * 2 ** attempt);
          continue;
        }
        await runEffects(effects, onEffectFailure);
        return result;
      }
    },
    async ping() {
      try {
        await pool.run({ text: 'select 1', parameters: [] });
      } catch (cause) {
        throw new SallyportError('unavailable', { headers: { 'retry-after': '5' }, cause });
      }
    },
  };
}

/** One transaction on a fresh entity manager: committed when `work` resolves, rolled back when it does not. */
async function transact<T>(orm: MikroORM, work: (em: EntityManager) => Promise<T>): Promise<T> {
  const em = orm.em.fork({ clear: true, useContext: false });
  await em.begin();
  try {
    const result = await work(em);
    await em.commit();
    return result;
  } catch (error) {
    // A rollback fails when the connection is lost: then the database has rolled back, and the first fault matters.
    if (em.isInTransaction()) await em.rollback().catch(() => {});
    throw error;
  }
}

async function runEffects(effects: readonly Effect[], failed: (error: unknown) => void): Promise<void> {
  for (const effect of effects) {
    try {
      await effect();
    } catch (error) {
      failed(error);
    }
  }
}
