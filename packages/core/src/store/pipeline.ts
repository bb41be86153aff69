import type { Row } from './selection.ts';

/** What is used of the protocol connection of a `pg` client. */
interface WireConnection {
  readonly stream: { cork(): void; uncork(): void };
  readonly parsedStatements: Readonly<Record<string, string>>;
  readonly submittedNamedStatements: Record<string, string>;
  parse(query: { readonly text: string; readonly name: string }): void;
  bind(query: {
    readonly portal: '';
    readonly statement: string;
    readonly values: readonly unknown[];
    readonly valueMapper: (value: unknown) => string | null;
  }): void;
  describe(message: { readonly type: 'P'; readonly name: '' }): void;
  execute(query: { readonly portal: ''; readonly rows: 0 }): void;
  sync(): void;
}

/** What is used of a `pg` client in pipeline mode. */
export interface PipelineClient {
  readonly pipeline?: boolean;
  readonly connection: WireConnection;
  query(submittable: Fetch): unknown;
  once(event: 'end', listener: () => void): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  off(event: 'error' | 'end', listener: (error: unknown) => void): unknown;
  release(destroy?: boolean): void;
}

/** What is used of the pool that lends the clients. */
export interface PipelinePool {
  readonly options: { readonly pipeline?: boolean; readonly max?: number };
  connect(): Promise<PipelineClient>;
}

type Parser = ((text: string) => unknown) | undefined;
type ParserOf = (typeOid: number) => Parser;

/** A statement that goes through the pipelines: its shape is known by name. */
export interface NamedStatement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

/** What is remembered of a shape. */
interface ShapeFacts {
  /** How its columns are read; known after its first run, so that later ones need no description of them. */
  parsers: readonly Parser[] | undefined;
  /** How long it takes, in milliseconds: a moving average. */
  took: number;
}

const ignore = (): void => {};
const asWritten = (value: unknown): string | null => (value === null || value === undefined ? null : String(value));

/**
 * One read, as `pg` takes queries that speak the protocol themselves (`pg-cursor` is another). It binds and executes a
 * named statement and asks for a description of its columns only the first time.
 */
class Fetch {
  readonly name: string;
  readonly text: string;
  /** `pg` asks queries for one; this one settles its promise itself. */
  readonly callback = (): void => {};
  readonly #values: readonly unknown[];
  readonly #shape: ShapeFacts;
  readonly #parserOf: ParserOf;
  readonly #settle: (error: unknown, rows: readonly Row[]) => void;
  readonly #rows: unknown[][] = [];
  #error: unknown;

  constructor(
    statement: NamedStatement,
    shape: ShapeFacts,
    parserOf: ParserOf,
    settle: (error: unknown, rows: readonly Row[]) => void,
  ) {
    this.name = statement.name;
    this.text = statement.text;
    this.#values = statement.values;
    this.#shape = shape;
    this.#parserOf = parserOf;
    this.#settle = settle;
  }

  submit(connection: WireConnection): null {
    const { name, text } = this;
    if (connection.parsedStatements[name] === undefined && connection.submittedNamedStatements[name] === undefined) {
      connection.parse({ text, name });
      connection.submittedNamedStatements[name] = text;
    }
    connection.bind({ portal: '', statement: name, values: this.#values, valueMapper: asWritten });
    if (this.#shape.parsers === undefined) connection.describe({ type: 'P', name: '' });
    connection.execute({ portal: '', rows: 0 });
    connection.sync();
    return null;
  }

  handleRowDescription({ fields }: { readonly fields: readonly { readonly dataTypeID: number }[] }): void {
    this.#shape.parsers = fields.map(({ dataTypeID }) => this.#parserOf(dataTypeID));
  }

  handleDataRow({ fields }: { readonly fields: (unknown | null)[] }): void {
    const { parsers = [] } = this.#shape;
    for (let slot = 0; slot < fields.length; slot++) {
      const parse = parsers[slot];
      const text = fields[slot];
      if (parse !== undefined && text !== null) fields[slot] = parse(text as string);
    }
    this.#rows.push(fields);
  }

  handleCommandComplete(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}

  /** Called for an error of the statement, which `ReadyForQuery` follows, and for a lost connection, which nothing does. */
  handleError(error: unknown): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#settle(error, []);
  }

  handleReadyForQuery(): void {
    if (this.#error === undefined) this.#settle(undefined, this.#rows);
  }
}

/** Whether an error ends the connection: it is none of a statement's own, or the server says that it is fatal. */
function isLost(error: unknown): boolean {
  const { severity } = error as { readonly severity?: unknown };
  return severity === undefined || severity === 'FATAL' || severity === 'PANIC';
}

/** A connection of the pool, borrowed while it has reads under way. */
interface Lane {
  client: PipelineClient | undefined;
  waiting: number;
  /** When the database began the oldest read under way: when it was sent, or when the one before was answered. */
  since: number;
  corked: boolean;
  readonly ended: () => void;
}

/** Reads under way on one connection before another is opened, and at most. */
const COMFORTABLE = 8;
const FULL = 64;
/** Milliseconds: shapes that take longer on the average are kept apart from quick reads. */
const SLOW = 50;
/**
 * Milliseconds: a connection whose oldest read is older gets no more. Well above what a busy process needs to come round
 * to its answers, or load itself would send reads away.
 */
const STUCK = 200;
/** Milliseconds an idle lane keeps its connection: long enough to stay warm under load. */
const LINGER = 50;

/**
 * Sends quick reads down a few connections without waiting for the answers in between (the pipeline mode of `pg`): many
 * requests share one write to the socket and one read from it. What is slow, or not a named statement, does not come
 * here; nor does anything that is part of a transaction.
 */
export class Pipelines {
  readonly #pool: PipelinePool;
  readonly #parserOf: ParserOf;
  readonly #lanes: Lane[] = [];
  readonly #most: number;
  readonly #shapes = new Map<string, ShapeFacts>();

  constructor(pool: PipelinePool, parserOf: ParserOf) {
    this.#pool = pool;
    this.#parserOf = parserOf;
    // The pool must never run dry: transactions and slow reads need connections too.
    this.#most = Math.max(1, Math.min(3, Math.floor((pool.options.max ?? 10) / 3)));
  }

  /** Whether the pool's clients can pipeline at all. */
  static suits(pool: Partial<PipelinePool>): pool is PipelinePool {
    return pool.options?.pipeline === true && (pool.options.max ?? 10) >= 3;
  }

  /** Runs a read, or answers `undefined` when it had better take a connection of its own. */
  run(statement: NamedStatement): Promise<readonly Row[]> | undefined {
    const shape = this.#shapes.get(statement.name);
    if (shape !== undefined && shape.took > SLOW) return undefined;
    const now = performance.now();
    const lane = this.#choose(now);
    const client = lane?.client;
    if (lane === undefined || client === undefined) return undefined;
    return this.#send(lane, client, statement, shape ?? this.#remember(statement.name), now);
  }

  /** Told how long a read took that ran elsewhere, so that a shape can come back when it is quick again. */
  took(name: string, milliseconds: number): void {
    const shape = this.#shapes.get(name);
    if (shape !== undefined) shape.took += (milliseconds - shape.took) / 8;
  }

  /** Forgets a shape whose prepared statement has become useless. */
  forget(name: string): void {
    this.#shapes.delete(name);
  }

  #remember(name: string): ShapeFacts {
    const shape: ShapeFacts = { parsers: undefined, took: 0 };
    this.#shapes.set(name, shape);
    return shape;
  }

  #choose(now: number): Lane | undefined {
    let best: Lane | undefined;
    for (const lane of this.#lanes) {
      if (lane.client === undefined) continue;
      if (lane.waiting > 0 && (now - lane.since > STUCK || lane.waiting >= FULL)) continue;
      if (best === undefined || lane.waiting < best.waiting) best = lane;
    }
    if ((best === undefined || best.waiting >= COMFORTABLE) && this.#lanes.length < this.#most) this.#open();
    return best;
  }

  #open(): void {
    const lane: Lane = {
      client: undefined,
      waiting: 0,
      since: 0,
      corked: false,
      ended: () => this.#give(lane, true),
    };
    this.#lanes.push(lane);
    this.#pool.connect().then(
      (client) => {
        // A lost connection fails the reads under way, who tell; the event itself would end the process.
        client.on('error', ignore);
        client.once('end', lane.ended);
        lane.client = client;
        lane.since = performance.now();
        this.#watch(lane);
      },
      // The read that opened it has gone to the pool, which tells its caller what is wrong.
      () => this.#give(lane, true),
    );
  }

  /** Gives the lane's connection back to the pool, once. */
  #give(lane: Lane, lost: boolean): void {
    const place = this.#lanes.indexOf(lane);
    if (place < 0) return;
    this.#lanes.splice(place, 1);
    const { client } = lane;
    lane.client = undefined;
    if (client === undefined) return;
    client.off('end', lane.ended);
    // The pool listens to errors of its own clients again; a lost one may tell of more.
    if (!lost) client.off('error', ignore);
    client.release(lost);
  }

  /** Gives the connection back once it has had nothing to do for a while. */
  #watch(lane: Lane): void {
    const check = () => {
      if (lane.client === undefined) return;
      if (lane.waiting === 0 && performance.now() - lane.since >= LINGER) this.#give(lane, false);
      else this.#watch(lane);
    };
    setTimeout(check, LINGER).unref();
  }

  #send(
    lane: Lane,
    client: PipelineClient,
    statement: NamedStatement,
    shape: ShapeFacts,
    now: number,
  ): Promise<readonly Row[]> {
    if (lane.waiting++ === 0) lane.since = now;
    if (!lane.corked) {
      // All that is sent in this turn of the event loop leaves in one write.
      lane.corked = true;
      const { stream } = client.connection;
      stream.cork();
      setImmediate(() => {
        lane.corked = false;
        stream.uncork();
      });
    }
    return new Promise((resolve, reject) => {
      const settle = (error: unknown, rows: readonly Row[]): void => {
        lane.waiting--;
        const settled = performance.now();
        // Answers come in the order of the questions: the database began this one when it had answered the one before.
        shape.took += (settled - Math.max(now, lane.since) - shape.took) / 8;
        lane.since = settled;
        if (error === undefined) {
          resolve(rows);
          return;
        }
        if (isLost(error)) this.#give(lane, true);
        reject(error);
      };
      client.query(new Fetch(statement, shape, this.#parserOf, settle));
    });
  }
}
