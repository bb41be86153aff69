import {
  ConfigurationError,
  LoggerService,
  type Plan,
  type Plugin,
  SallyportError,
  StoreService,
  serviceToken,
  type Unit,
} from '@sallyport/core';
import { databaseAudit } from './database-sink.ts';
import { RecordMaker } from './make-records.ts';
import { type AuditOptions, asking, checkNames, queueOf } from './options.ts';
import { AuditQueue } from './queue.ts';
import { type AuditRecord, auditStatus } from './record.ts';
import { type FieldsOfParts, remember, seenBy } from './seen.ts';
import type { AuditSink } from './sink.ts';

/** The audit of an API, for its own work. */
export interface Audit {
  /**
   * Resolves when the records of all calls that are over are written, as far as the sink takes them. Not to be awaited
   * inside a transaction of the same database.
   */
  flush(): Promise<void>;
  /** How many records could not be kept since the start, and how many wait. */
  readonly lost: number;
  readonly waiting: number;
}

export const AuditService = serviceToken<Audit>('sallyport.Audit');

/** What runs while the API does. */
interface Running {
  readonly maker: RecordMaker;
  readonly queue: AuditQueue;
  readonly sink: AuditSink;
  readonly parted: FieldsOfParts;
}

/**
 * Keeps a record of every call on a resource: who, from where, what, by which key, on what ground, with how many results
 * and which fields, and how it ended; never a value. The record of a write is kept in its transaction; those of reads,
 * denials and failures are written in batches behind the answers.
 *
 * @example audit({ operations: { replace: 'update', update: 'patch' }, ground: ({ principal }) => ({ basis: 'contract' }) })
 * @throws ConfigurationError for numbers that are none, routes that there are none of, and a table that is missing
 * @see docs/guides/record-audit.md
 */
export function audit(options: AuditOptions = {}): Plugin {
  checkNames(options);
  const numbers = queueOf(options);
  const routes = new Map(Object.entries(options.routes ?? {}));
  let running: Running | undefined;

  const started = (): Running => {
    if (running === undefined) throw new Error('the audit has not been started');
    return running;
  };

  async function keepWith(unit: Unit, records: readonly AuditRecord[]): Promise<void> {
    const { sink, queue } = started();
    const later = () => queue.push(records);
    if (sink.writeWithin === undefined) {
      unit.afterCommit(later);
      return;
    }
    // What the write itself has against the database is no failure of the audit.
    await unit.em.flush();
    try {
      await unit.nest(async (inner) => sink.writeWithin?.(inner, records));
    } catch (cause) {
      if (unit.lost) throw cause;
      if (options.required === true) throw new SallyportError('unavailable', { cause });
      unit.afterCommit(later);
    }
  }

  return {
    name: 'audit',
    services({ services }) {
      services.register(AuditService, () => ({
        flush: () => started().queue.flush(),
        get lost() {
          return started().queue.lost;
        },
        get waiting() {
          return started().queue.waiting;
        },
      }));
    },
    start(plan, setup) {
      const { services } = setup;
      const log = services.resolve(LoggerService);
      const { sink: given } = options;
      const sink =
        typeof given === 'function' ? given(setup) : (given ?? databaseAudit(services.resolve(StoreService)));
      assertThere(options, plan);
      const queue = new AuditQueue({ ...numbers, log, write: (records) => sink.write(records) });
      running = { sink, queue, maker: new RecordMaker(options, plan, log), parted: partedIn(plan) };
    },
    hooks: {
      shown(call, record) {
        const ground = options.ground && asking(call.log, () => options.ground?.(call, record));
        remember(call, record, ground, started().parted);
      },
      async partShown(call) {
        const { maker, queue } = started();
        const records = maker.part(call);
        if (!maker.concerns(call)) return;
        queue.push(records);
        // A stream shows records faster than they are written: it waits for its own account.
        if (queue.waiting >= numbers.batch) await queue.flush();
      },
      async beforeCommit(unit, call) {
        const { maker } = started();
        if (!maker.concerns(call)) return;
        await keepWith(unit, maker.make({ call, route: undefined, status: 'success', through: unit }));
        seenBy(call).written = true;
      },
      observe({ status, error, route: name = '', inside }, { call }) {
        const { maker, queue } = started();
        const route = routes.get(name);
        if (call === undefined || !maker.concerns(call, route)) return;
        const outcome = auditStatus(status);
        // An answer that was taken back was not given; a write that was kept has told of itself.
        if (outcome === 'success' && (inside?.undone === true || seenBy(call).written)) return;
        queue.push(maker.make({ call, route, status: outcome, error }));
      },
    },
    async stop() {
      await running?.queue.close();
    },
  };
}

/** The fields that have parts. */
function partedIn({ resources }: Plan): FieldsOfParts {
  return new Map(
    [...resources].map(([resource, { members }]) => [
      resource,
      new Set(members.filter(({ codec }) => codec.parts !== undefined).map(({ name }) => name)),
    ]),
  );
}

/** @throws ConfigurationError for resources and routes that there are none of */
function assertThere({ resources = [], routes = {} }: AuditOptions, plan: Plan): void {
  for (const name of resources) {
    if (!plan.resources.has(name)) throw new ConfigurationError('plugins.audit.resources', `there is no "${name}"`);
  }
  for (const name of Object.keys(routes)) {
    if (plan.routes.some((route) => route.name === name)) continue;
    throw new ConfigurationError(`plugins.audit.routes.${name}`, 'there is no route of this name');
  }
}
