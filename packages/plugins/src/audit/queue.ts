import { type Logger, loggable, SallyportError } from '@sallyport/core';
import type { AuditRecord } from './record.ts';

export interface QueueOptions {
  readonly write: (records: readonly AuditRecord[]) => Promise<void>;
  /** Most records that wait. */
  readonly most: number;
  /** Most records of one write. */
  readonly batch: number;
  /** Milliseconds that a record waits for others. */
  readonly wait: number;
  readonly log: Logger;
}

/** Longest pause before a sink that was away is tried again. */
const longestPause = 30_000;

/**
 * Records on their way into a sink, so that no call waits for it: written in batches, kept while the sink is away, and
 * counted where they are lost, since there are more than can wait or the sink will not have them.
 */
export class AuditQueue {
  readonly #options: QueueOptions;
  readonly #records: AuditRecord[] = [];
  #draining: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #lost = 0;
  #losing = false;
  #closed = false;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** How many records could not be kept since the start. */
  get lost(): number {
    return this.#lost;
  }

  get waiting(): number {
    return this.#records.length;
  }

  push(records: readonly AuditRecord[]): void {
    const { most, batch, wait } = this.#options;
    const room = this.#closed ? 0 : Math.max(0, most - this.#records.length);
    this.#records.push(...records.slice(0, room));
    if (records.length > room) this.lose(records.length - room, new Error('the queue of the audit is full'));
    if (this.#records.length === 0 || this.#failures > 0) return;
    if (this.#records.length >= batch) void this.flush();
    else this.#schedule(wait);
  }

  /** Resolves when all that has been pushed is written, as far as the sink takes it. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // What comes while a batch is being written is written behind it.
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = undefined;
    });
    await this.#draining;
  }

  /** Writes what waits, once more where the sink is away; what it does not take then is lost. */
  async close(): Promise<void> {
    await this.flush();
    if (this.#records.length > 0) await this.flush();
    this.#closed = true;
    clearTimeout(this.#timer);
    const left = this.#records.splice(0).length;
    if (left > 0) this.lose(left, new Error('the audit ended before its sink was back'));
  }

  /** Counts records that are lost, and says so when it begins. */
  lose(count: number, cause: unknown): void {
    this.#lost += count;
    if (!this.#losing)
      this.#options.log.error({ err: loggable(cause), lost: this.#lost }, 'audit records are being lost');
    this.#losing = true;
  }

  async #drain(): Promise<void> {
    while (this.#records.length > 0) {
      const batch = this.#records.splice(0, this.#options.batch);
      try {
        await this.#options.write(batch);
      } catch (error) {
        if (isAway(error)) {
          this.#keep(batch, error);
          return;
        }
        await this.#singly(batch, error);
      }
      this.#failures = 0;
    }
    if (this.#losing) this.#options.log.warn({ lost: this.#lost }, 'audit records are kept again; this many were lost');
    this.#losing = false;
  }

  /** Puts a batch back, and tries again after a while. */
  #keep(batch: readonly AuditRecord[], error: unknown): void {
    const { log, wait } = this.#options;
    this.#records.unshift(...batch);
    this.#failures += 1;
    if (this.#failures === 1)
      log.warn({ err: loggable(error), waiting: this.#records.length }, 'the audit waits for its sink');
    this.#schedule(Math.min(longestPause, wait * 2 ** this.#failures));
  }

  /** One record that the sink will not have costs no other. */
  async #singly(batch: readonly AuditRecord[], error: unknown): Promise<void> {
    if (batch.length === 1) {
      this.lose(1, error);
      return;
    }
    for (const [index, record] of batch.entries()) {
      try {
        await this.#options.write([record]);
      } catch (refusal) {
        if (isAway(refusal)) {
          this.#records.unshift(...batch.slice(index));
          return;
        }
        this.lose(1, refusal);
      }
    }
  }

  #schedule(milliseconds: number): void {
    if (this.#closed) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.flush();
    }, milliseconds).unref();
  }
}

/** Whether a sink could not be reached, so that the same records may do another time. */
const isAway = (error: unknown): boolean => error instanceof SallyportError && error.code === 'unavailable';
