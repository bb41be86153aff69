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

/** Told how a read ended: its error, if it has one, and whether that ends the connection too. */
type Settle = (error: unknown, rows: readonly Row[], lost: boolean) => void;
type ParserOf = (typeOid: number) => Parser;

/** A statement that goes through the pipelines: its shape is known by name. */
export interface NamedStatement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * How the columns of statements are read, by name: known after the first run on a connection, so that later ones need no
 * description of them. Of one connection only: behind another the tables may have been altered.
 */
type KnownColumns = Map<string, readonly Parser[]>;

/** What is remembered of a shape. */
interface ShapeFacts {
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
  readonly #columns: KnownColumns;
  readonly #parserOf: ParserOf;
  readonly #settle: Settle;
  readonly #rows: unknown[][] = [];
  #error: unknown;
  /** What went wrong here while rows were read. */
  #fault: unknown;

  constructor(statement: NamedStatement, columns: KnownColumns, parserOf: ParserOf, settle: Settle) {
    this.name = statement.name;
    this.text = statement.text;
    this.#values = statement.values;
    this.#columns = columns;
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
    if (!this.#columns.has(name)) connection.describe({ type: 'P', name: '' });
    connection.execute({ portal: '', rows: 0 });
    connection.sync();
    return null;
  }

  handleRowDescription({ fields }: { readonly fields: readonly { readonly dataTypeID: number }[] }): void {
    const parsers = fields.map(({ dataTypeID }) => this.#parserOf(dataTypeID));
    this.#columns.set(this.name, parsers);
  }

  handleDataRow({ fields }: { readonly fields: (unknown | null)[] }): void {
    const parsers = this.#columns.get(this.name) ?? [];
    try {
      for (let slot = 0; slot < fields.length; slot++) {
        const parse = parsers[slot];
        const text = fields[slot];
        if (parse !== undefined && text !== null) fields[slot] = parse(text as string);
      }
      this.#rows.push(fields);
    } catch (error) {
      // Thrown on, it would end the process: this runs inside of an event of the socket.
      this.#fault = error;
    }
  }

  handleCommandComplete(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}

  /** Called for an error of the statement, which `ReadyForQuery` follows, and for a lost connection, which nothing does. */
  handleError(error: unknown): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#settle(error, [], isLost(error));
  }

  handleReadyForQuery(): void {
    if (this.#error === undefined) this.#settle(this.#fault, this.#rows, false);
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
  /** Milliseconds that the reads under way are expected to take. */
  ahead: number;
  /** When the database began the oldest read under way: when it was sent, or when the one before was answered. */
  since: number;
  /** Turns of the watch in which reads were under way and nothing was answered. */
  silent: number;
  corked: boolean;
  readonly columns: KnownColumns;
  readonly ended: () => void;
}

/** Runs a read on a connection of its own. */
type Elsewhere = () => Promise<readonly Row[]>;

/** A read that waits for a lane. */
interface Waiting {
  readonly statement: NamedStatement;
  readonly shape: ShapeFacts;
  readonly elsewhere: Elsewhere;
  readonly resolve: (rows: readonly Row[] | Promise<readonly Row[]>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Milliseconds of work, by the experience with its shapes, that a lane is given ahead. The rest waits for whichever
 * lane answers first, so that nothing stands behind one slow connection while others are idle.
 */
const AHEAD = 4;
/** Milliseconds: what a read counts for at least, one of an unknown shape too. */
const LEAST = 0.1;
/** Reads that wait before another lane is opened, and at most: what comes then has a connection of its own. */
const COMFORTABLE = 4;
const FULL = 10_000;
/** Milliseconds: shapes that take longer on the average are kept apart from quick reads. */
const SLOW = 50;
/**
 * Turns of the watch: a connection that has answered nothing for so many gets no more. Not milliseconds, since a process
 * that is too busy to read its answers would take all its connections for stuck.
 */
const STUCK = 4;
/** Milliseconds between two looks at a lane, and that an idle one keeps its connection: enough to stay warm under load. */
const WATCH = 50;

/** Whether a lane answers what it is given. */
const flows = (lane: Lane): boolean => lane.client !== undefined && lane.silent < STUCK;

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
  readonly #queue: Waiting[] = [];

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

  /** Runs a read; `elsewhere` when it had better take a connection of its own. */
  run(statement: NamedStatement, elsewhere: Elsewhere): Promise<readonly Row[]> {
    const shape = this.#shapes.get(statement.name) ?? this.#remember(statement.name);
    const now = performance.now();
    const flowing = this.#lanes.some((lane) => flows(lane));
    if ((!flowing || this.#queue.length >= COMFORTABLE) && this.#lanes.length < this.#most) this.#open();
    if (!flowing || this.#queue.length >= FULL || shape.took > SLOW) return elsewhere();
    return new Promise((resolve, reject) => {
      this.#queue.push({ statement, shape, elsewhere, resolve, reject });
      this.#dispatch(now);
    });
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
    const shape: ShapeFacts = { took: 0 };
    this.#shapes.set(name, shape);
    return shape;
  }

  /** Hands waiting reads to lanes, as far as they have room. */
  #dispatch(now: number): void {
    while (this.#queue.length > 0) {
      const lane = this.#choose();
      const next = lane === undefined ? undefined : this.#queue.shift();
      if (lane?.client === undefined || next === undefined) return;
      this.#send(lane, lane.client, next, now);
    }
  }

  #choose(): Lane | undefined {
    let best: Lane | undefined;
    for (const lane of this.#lanes) {
      if (!flows(lane) || (lane.waiting > 0 && lane.ahead > AHEAD)) continue;
      if (best === undefined || lane.ahead < best.ahead) best = lane;
    }
    return best;
  }

  /** Lets nobody wait for lanes that are all stuck, or gone. */
  #relieve(): void {
    if (this.#queue.length === 0 || this.#lanes.some((lane) => flows(lane))) return;
    for (const { elsewhere, resolve } of this.#queue.splice(0)) resolve(elsewhere());
  }

  #open(): void {
    const lane: Lane = {
      client: undefined,
      waiting: 0,
      ahead: 0,
      since: 0,
      silent: 0,
      corked: false,
      columns: new Map(),
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
        this.#dispatch(lane.since);
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
    this.#relieve();
    client.off('end', lane.ended);
    // The pool listens to errors of its own clients again; a lost one may tell of more.
    if (!lost) client.off('error', ignore);
    client.release(lost);
  }

  /** Gives the connection back once it has had nothing to do for a while. */
  #watch(lane: Lane): void {
    const check = () => {
      if (lane.client === undefined) return;
      lane.silent = lane.waiting === 0 ? 0 : lane.silent + 1;
      this.#relieve();
      if (lane.waiting === 0 && performance.now() - lane.since >= WATCH) this.#give(lane, false);
      else this.#watch(lane);
    };
    // A pool that ends waits for the connection: the process must not end before.
    setTimeout(check, WATCH);
  }

  #send(lane: Lane, client: PipelineClient, read: Waiting, now: number): void {
    const { statement, shape } = read;
    const expected = Math.max(shape.took, LEAST);
    if (lane.waiting++ === 0) lane.since = now;
    lane.ahead += expected;
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
    const settle: Settle = (error, rows, lost) => {
      const settled = performance.now();
      lane.waiting--;
      lane.silent = 0;
      lane.ahead = lane.waiting === 0 ? 0 : lane.ahead - expected;
      // Answers come in the order of the questions: the database began this one when it had answered the one before.
      shape.took += (settled - Math.max(now, lane.since) - shape.took) / 8;
      lane.since = settled;
      if (error === undefined) read.resolve(rows);
      else {
        if (lost) this.#give(lane, true);
        read.reject(error);
      }
      this.#dispatch(settled);
    };
    client.query(new Fetch(statement, lane.columns, this.#parserOf, settle));
  }
}
