import {
  type CallContext,
  ConfigurationError,
  knownOptions,
  type Logger,
  type OptionNames,
  type PluginSetup,
  type RouteCall,
  type ShownRecord,
} from '@sallyport/core';
import type { AuditGround } from './record.ts';
import type { AuditSink } from './sink.ts';

/** A route of a plugin that is audited: an export, a bulk. */
export interface AuditedRoute {
  /** What it does: `export`. */
  readonly operation: string;
  /** The resource that it is about, where it is about one. */
  readonly resource?: string | ((call: RouteCall) => string | undefined);
  /** What its record is identified by: `bulk:25`. Never a value that the caller has sent. */
  readonly identifier?: (call: RouteCall) => string | undefined;
}

export interface AuditOptions {
  /** Where records go. Default: the table of `AuditEntry`, in the API's database. */
  readonly sink?: AuditSink | ((setup: PluginSetup) => AuditSink);
  /** Names of the resources that are audited. Default: all. */
  readonly resources?: readonly string[];
  /** Routes of plugins that are audited besides, by their names. */
  readonly routes?: Readonly<Record<string, AuditedRoute>>;
  /**
   * Other names for operations and methods: `{ replace: 'update', update: 'patch' }`. A streamed search is an `export`,
   * unless `stream` has another name.
   */
  readonly operations?: Readonly<Record<string, string>>;
  /**
   * Why a call may do what it does. Asked of each record as it is shown, and without one of the call as a whole when it is
   * over.
   */
  readonly ground?: (call: CallContext, record: ShownRecord | undefined) => AuditGround | undefined;
  /**
   * The identifier of what a call is about, where its address does not name it: of a record that could not be made. An
   * identifier, and nothing else of what the caller has sent.
   */
  readonly identifier?: (call: RouteCall) => string | undefined;
  /** Names of search parameters beside those of the query: of filters in a body. Names that the API has, no others. */
  readonly parameters?: (call: RouteCall) => readonly string[];
  /**
   * Whether records of a page are told of one by one besides: those that a ground has an authority for (`accounted`, the
   * default), `all`, or `none`.
   */
  readonly records?: 'accounted' | 'all' | 'none';
  /** What is kept of a caller's address: `limiterKey` of the core keeps the network. Default: all of it. */
  readonly address?: (address: string) => string | undefined;
  /** Whether a write is refused (503) whose record cannot be kept with it. Default: it is done, and the record follows. */
  readonly required?: boolean;
  readonly queue?: {
    /** Most records that wait to be written; more are lost, and counted. Default 10 000. */
    readonly most?: number;
    /** Most records of one write. Default 500. */
    readonly batch?: number;
    /** Milliseconds that a record waits for others. Default 200. */
    readonly wait?: number;
  };
}

const names: OptionNames<AuditOptions> = {
  sink: true,
  resources: true,
  routes: true,
  operations: true,
  ground: true,
  identifier: true,
  parameters: true,
  records: true,
  address: true,
  required: true,
  queue: true,
};

/** @throws ConfigurationError for an option that there is none of */
export function checkNames(options: AuditOptions): void {
  knownOptions('plugins.audit', options, names);
  knownOptions('plugins.audit.queue', options.queue, { most: true, batch: true, wait: true });
  for (const [route, audited] of Object.entries(options.routes ?? {})) {
    knownOptions(`plugins.audit.routes.${route}`, audited, { operation: true, resource: true, identifier: true });
  }
}

/** The numbers of the queue after checking. */
export function queueOf({ queue = {} }: AuditOptions) {
  const numbers = { most: queue.most ?? 10_000, batch: queue.batch ?? 500, wait: queue.wait ?? 200 };
  for (const [name, value] of Object.entries(numbers)) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new ConfigurationError(`plugins.audit.queue.${name}`, 'a whole number of 1 or more is needed');
    }
  }
  return numbers;
}

/** Asks a function of the API's; what it throws is no matter of the caller's. */
export function asking<T>(log: Logger, ask: () => T): T | undefined {
  try {
    return ask();
  } catch (err) {
    log.error({ err }, 'a function of the audit failed');
    return undefined;
  }
}
