import type { OperationName, SearchOptions } from '../descriptor/operations.ts';
import type { SallyportError } from '../errors/index.ts';
import type { BodyKind, ReadBody } from '../http/body.ts';
import type { JsonLimits } from '../http/limits.ts';
import type { EachRead } from '../operations/read-each.ts';
import type { Records } from '../operations/records.ts';
import type { Scope } from '../scopes/requirement.ts';
import type { Reader, Unit } from '../store/store.ts';
import type { CallContext } from './call.ts';
import type { Page } from './envelope.ts';
import type { Principal } from './principal.ts';

/** A JSON Schema (2020-12) as plain data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A parameter of the query string as a document shows it and the road checks it. */
export interface ParameterDefinition {
  readonly name: string;
  readonly description?: string;
  /** Checked after the text was turned into the schema's type: `integer`, `number`, `boolean`, `string`, or a list. */
  readonly schema: JsonSchema;
  readonly required?: boolean;
  /**
   * Judged by whoever reads it, with errors and a rule on repetitions of its own, and not by the road: the search
   * parameters that a descriptor declares.
   */
  readonly deferred?: boolean;
  /** Kept out of documents: not everybody may know of it. */
  readonly hidden?: boolean;
}

/** One way an operation can answer, for documents and for the tests that hold responses against them. */
export interface ResponseDefinition {
  readonly description: string;
  readonly schema?: JsonSchema;
  readonly mediaType?: string;
  /** Schemas of what else it can be answered in, by media type. */
  readonly alternatives?: Readonly<Record<string, JsonSchema>>;
  readonly headers?: Readonly<Record<string, HeaderDefinition>>;
}

/** A response header, for documents. */
export interface HeaderDefinition {
  readonly description: string;
  readonly schema: JsonSchema;
  /** Whether every such response carries it. */
  readonly required?: boolean;
}

/** What a call asks of the API that it is a call of; see {@link RouteCall.inside}. */
export interface InnerRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query below the API's base path, percent-encoded. */
  readonly target: string;
  /** Nothing of a request's head is heard but preconditions. */
  readonly headers?: { readonly 'if-match'?: string; readonly 'if-none-match'?: string };
}

/** What a call inside another is answered. */
export interface InnerAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body before it is turned to text, errors included; absent where there is none. */
  readonly value: unknown;
  /** Why it was refused, in the words of its resource and API. */
  readonly error?: SallyportError;
}

/** A call inside another, let in. */
export interface InnerCall {
  /**
   * Performs it in a savepoint of a unit that is open, with a body as JSON would have it: scope, parameters and body,
   * policies, operation. It may be performed again when the unit is: then it is a new call that was let in before. Whatever
   * refuses it is its answer, and undoes what it has done and no more.
   *
   * @throws SallyportError `timeout` when the caller has gone; whatever has ended the transaction ({@link Unit.lost})
   */
  perform(body: unknown, within: Unit): Promise<InnerAnswer>;
}

/** What a handler is given. */
export interface RouteCall extends CallContext {
  /** Path parameters, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** The parameters as sent, in order: the query's, and those of a body that holds parameters. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** Declared query parameters after checking; absent ones are absent. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly body: ReadBody;
  /** Reads outside a transaction. */
  readonly reader: Reader;
  /** The records of a resource as this call may reach them, inside the transaction when there is one. */
  records(resource: string): Records;
  /**
   * The page that this call asks of a resource, read by the API's query dialect under all rules of the resource's search.
   * For routes that say so in {@link RouteDefinition.operation}.
   */
  search(resource: string, options?: Pick<SearchOptions, 'nulls'>): Promise<Page>;
  /** One transaction for the whole of the work; see {@link Store.unit}. */
  unit<T>(work: (unit: Unit) => Promise<T>): Promise<T>;
  /**
   * Lets a call inside this one in: an entry of a bundle, an item of a bulk. It is this call's caller, address and time
   * that it is made with, and it reaches operations and methods of resources, nothing else. Here its route is found, and
   * hooks at the stage `admit` are asked; what they refuse is answered when it is performed. Let calls in before a unit is
   * opened: limits may be counted in the same database.
   *
   * @throws SallyportError `rule_broken` when this call is inside another itself
   */
  inside(request: InnerRequest): Promise<InnerCall>;
  /**
   * Reads the records that keys name as calls of the resource's read would, each under all of its rules, by a few
   * statements in all: an export of chosen records. Hooks at the stage `admit` are asked of this call, not of each key.
   *
   * @returns in the order of the keys, repetitions kept, errors in the words of the resource and the API
   * @throws SallyportError `insufficient_scope` for who may not read the resource, and what its parameters are refused with;
   * ConfigurationError for a resource that is not read by keys alone
   */
  readEach(request: EachRequest): Promise<readonly EachRead[]>;
}

/** What {@link RouteCall.readEach} reads. */
export interface EachRequest {
  readonly resource: string;
  /** As the body of a call has them: not percent-encoded. */
  readonly keys: readonly string[];
  /** The parameters of the read, decoded: a selection of fields. */
  readonly query?: readonly (readonly [name: string, value: string])[];
}

/** What a handler answers. The envelope turns `value` into a body; `raw` bodies go out as they are. */
export type Outcome =
  | {
      readonly kind: 'value';
      readonly status: number;
      readonly value: unknown;
      readonly headers?: Readonly<Record<string, string>>;
      /** The result may be answered `304` to `If-None-Match`; the strong ETag without quotes. */
      readonly etag?: string;
    }
  | {
      readonly kind: 'raw';
      readonly status: number;
      /**
       * A stream is asked for its next piece when the caller has taken the last one. Who calls is judged anew meanwhile,
       * each second: a caller who is refused by then has the stream broken off.
       */
      readonly body: string | Uint8Array | AsyncIterable<Uint8Array>;
      readonly headers: Readonly<Record<string, string>>;
      /** How long a stream may take to be sent, in milliseconds, 2 147 483 647 at most; then it is broken off. */
      readonly longestMs?: number;
    };

/**
 * A route: what plugins add, and what every operation of a resource becomes. It takes the whole road: authentication,
 * admission, authorisation, reading and checking of parameters and body, one unit of work, encoding, observation.
 */
export interface RouteDefinition {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'QUERY';
  /** Below the API's base path: segments that are literal or `{name}`, one parameter a segment. */
  readonly path: string;
  /** Unique within the API: `partner.search`, `oauth.token`. */
  readonly name: string;
  /** Who may call it. Absent: the start fails. */
  readonly scope: Scope;
  /**
   * The operation of a resource that this route is another way to: its calls are of that operation for policies, for the
   * wordings of errors, for strategies and for documents.
   */
  readonly operation?: { readonly resource: string; readonly name: OperationName };
  readonly parameters?: readonly ParameterDefinition[];
  readonly body?: {
    readonly kinds: readonly BodyKind[];
    readonly schema?: JsonSchema;
    readonly required?: boolean;
    /** What documents say it takes, by media type; made from `kinds` and `schema` when absent. */
    readonly content?: Readonly<Record<string, JsonSchema>>;
    /** Most bytes; the API's limit when absent. */
    readonly limit?: number;
    /** How deep and wide its JSON may be; the API's limits when absent. */
    readonly json?: JsonLimits;
    /**
     * What becomes of a body that cannot be read (too large, of a type that is not taken, broken off): it is `refused` before
     * the handler is asked (default), or `handed-over` to it as a body of kind `unreadable`.
     */
    readonly unreadable?: 'refused' | 'handed-over';
    /** Whether an urlencoded body, whatever content type it names, holds more query parameters: checked as one with them. */
    readonly parameters?: boolean;
  };
  readonly responses?: Readonly<Record<number, ResponseDefinition>>;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  /** Kept out of documents (the documents themselves, health). */
  readonly hidden?: boolean;
  /** Media types that it can answer in beside those of the envelope; the handler looks which one is asked for. */
  readonly offers?: readonly string[];
  /** Bodies and errors as they are, outside the API's envelope (OAuth's own error shape, HTML pages). */
  readonly envelope?: 'api' | 'none';
  readonly handle: (call: RouteCall) => Promise<Outcome> | Outcome;
}

/** What is told of every call when it is over. Names and numbers, never values. */
export interface AccessLogEntry {
  readonly id: string;
  readonly api: string;
  /** Name of the route; absent when there was none. */
  readonly route: string | undefined;
  readonly method: string;
  /** The path's template, never the path: it may hold personal data. */
  readonly template: string | undefined;
  readonly status: number;
  readonly error: string | undefined;
  readonly milliseconds: number;
  readonly principal: string | undefined;
  /** Of a call inside another, whose id it has: the other's route, and which of its calls it was, from 1. */
  readonly inside?: {
    readonly route: string;
    readonly number: number;
    /** Whether it succeeded to no effect, because the other call was rolled back. */
    readonly undone: boolean;
  };
}

/** What an observer may want to know of a call besides its line in the log. Nothing of it is written there. */
export interface ObservedCall {
  /** The caller's address; absent when the request could not be read. */
  readonly clientAddress: string | undefined;
  /** Whether the route asks for no caller; `false` too where there was no route. */
  readonly open: boolean;
  /** Who made it; absent when that was not found out. */
  readonly principal: Principal | undefined;
  /** When the answer was made. */
  readonly at: Date;
  /**
   * The call itself; absent when it was refused before there was one: nobody is its caller. It holds what callers have
   * sent: whoever keeps any of that must know what it is.
   */
  readonly call: RouteCall | undefined;
}
