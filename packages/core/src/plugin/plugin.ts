import type { RawResponse } from '../http/message.ts';
import type { KeyScheme } from '../keys/key.ts';
import type { Plan } from '../plan/plan.ts';
import type { CallContext } from '../road/call.ts';
import type { QueryDialect } from '../road/query-dialect.ts';
import type {
  AccessLogEntry,
  HeaderDefinition,
  ObservedCall,
  ResponseDefinition,
  RouteCall,
  RouteDefinition,
} from '../road/route.ts';
import type { ServiceRegistry } from '../services/services.ts';
import type { Reader, Unit } from '../store/store.ts';
import type { AuthenticationStrategy } from './strategy.ts';

/** What a plugin is given when the API starts. */
export interface PluginSetup {
  readonly services: ServiceRegistry;
  readonly api: { readonly name: string; readonly basePath: string };
}

/** A response that is about to leave, open to more headers. */
export interface OutgoingResponse {
  readonly status: number;
  setHeader(name: string, value: string): void;
  /** Adds members to a comma list (`Vary`, `Access-Control-Expose-Headers`) without repeating any. */
  appendHeader(name: string, value: string): void;
}

/**
 * A plugin: one plain object. Everything is optional but its name. It is checked when the API starts: names are
 * unique, `requires` are there, `before` and `after` have an order, and what it adds does not clash.
 *
 * @see docs/reference/plugins.md
 */
export interface Plugin {
  /** Unique; an own prefix is polite: `acme.audit`. */
  readonly name: string;
  /** Names of plugins that must be there too. */
  readonly requires?: readonly string[];
  /** Names of plugins whose hooks come after this one's, when they are there. */
  readonly before?: readonly string[];
  /** Names of plugins whose hooks come before this one's, when they are there. */
  readonly after?: readonly string[];
  /** Registers or replaces services. Runs first, in plugin order. */
  readonly services?: (setup: PluginSetup) => void;
  /** Ways to recognise a caller. */
  readonly strategies?: readonly AuthenticationStrategy[] | ((setup: PluginSetup) => readonly AuthenticationStrategy[]);
  /** Replaces how the keys of kind `surrogate` are shown (ids of resources that use `key.surrogate()`). */
  readonly keys?: (setup: PluginSetup) => KeyScheme;
  /** Adds to what callers may ask of searches: answers a dialect around the API's own, which it asks in its turn. */
  readonly query?: (dialect: QueryDialect) => QueryDialect;
  /** Routes of its own; they take the same road as operations. Given the finished plan of resources. */
  readonly routes?: (plan: Plan, setup: PluginSetup) => readonly RouteDefinition[];
  readonly hooks?: PluginHooks;
  /** What its hooks add to the answers of every route, for documents. */
  readonly documentation?: PluginDocumentation;
  /** Runs once the plan is complete, routes of all plugins included. */
  readonly start?: (plan: Plan, setup: PluginSetup) => void | Promise<void>;
  /** Runs when the API is closed, in reverse order. */
  readonly stop?: () => void | Promise<void>;
}

/** What the hooks of a plugin add to every documented route. */
export interface PluginDocumentation {
  /** Which routes it is of: all when not said, or those alone that ask for credentials. */
  readonly covers?: 'all' | 'guarded';
  /** Headers of every response, errors included. */
  readonly headers?: Readonly<Record<string, HeaderDefinition>>;
  /** Ways that any call can be answered: 429 of a limiter. An error without a schema has that of the envelope. */
  readonly responses?: Readonly<Record<number, ResponseDefinition>>;
}

/** Stages that a plugin can stand at. A hook that throws a `SallyportError` ends the call with it. */
export interface PluginHooks {
  /** Before routing: may answer at once (a CORS preflight). */
  readonly onRequest?: (request: ReceivedRequest) => RawResponse | undefined;
  /**
   * After authentication, before authorisation: limits, lifecycle. Known callers of addresses and methods that have no
   * route come here too, before they are told so.
   */
  readonly admit?: (call: CallContext) => void | Promise<void>;
  /**
   * Each record that a call is shown, as it is put into the form of the wire: what of it, and in which words, is settled.
   * Not awaited, and asked for every row of a page: remember, and leave the work for later. Must not throw.
   */
  readonly shown?: (call: CallContext, record: ShownRecord) => void;
  /**
   * Before a part of a streamed answer is sent, behind `shown` for each of its records: what is kept of them is to be
   * written down now, since there may be more of them than memory holds. Awaited; the stream breaks off when it throws.
   */
  readonly partShown?: (call: RouteCall) => void | Promise<void>;
  /**
   * At the end of the transaction of a write or a method that has succeeded, before its commit: what it adds is kept with
   * the change, or not at all. Asked again when the transaction is run again.
   */
  readonly beforeCommit?: (unit: Unit, call: RouteCall) => void | Promise<void>;
  /** Once parameters and body are read and checked, before the operation: what only they tell. */
  readonly decoded?: (call: RouteCall) => void | Promise<void>;
  /** Every response of this API on its way out, errors included; `call` is absent when nobody was found to have made it. */
  readonly onResponse?: (response: OutgoingResponse, request: ReceivedRequest, call: CallContext | undefined) => void;
  /** After the response is made: statistics, audit trails outside the database. Must not throw. */
  readonly observe?: (entry: AccessLogEntry, observed: ObservedCall) => void;
}

/** A record that a call is shown, or that one of its checks has looked at in the same way: the last one counts. */
export interface ShownRecord {
  readonly resource: string;
  /** The key on the wire; undefined where the record has none. */
  readonly key: string | undefined;
  readonly value: Readonly<Record<string, unknown>>;
  /** What it was read through: the unit of a write, or the call's own reader. */
  readonly reader: Reader;
}

/** A request before routing. */
export interface ReceivedRequest {
  readonly method: string;
  /** The path below the base path, still encoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The methods that have a route at this address. */
  readonly allowed: readonly string[];
}

/** Only for its inference: answers the plugin as it is. */
export function definePlugin(plugin: Plugin): Plugin {
  return plugin;
}
