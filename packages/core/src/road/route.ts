import type { BodyKind, ReadBody } from '../http/body.ts';
import type { Records } from '../operations/records.ts';
import type { Scope } from '../scopes/requirement.ts';
import type { Reader, Unit } from '../store/store.ts';
import type { CallContext } from './call.ts';
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
}

/** One way an operation can answer, for documents and for the tests that hold responses against them. */
export interface ResponseDefinition {
  readonly description: string;
  readonly schema?: JsonSchema;
  readonly mediaType?: string;
  readonly headers?: Readonly<Record<string, HeaderDefinition>>;
}

/** A response header, for documents. */
export interface HeaderDefinition {
  readonly description: string;
  readonly schema: JsonSchema;
  /** Whether every such response carries it. */
  readonly required?: boolean;
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
  /** One transaction for the whole of the work; see {@link Store.unit}. */
  unit<T>(work: (unit: Unit) => Promise<T>): Promise<T>;
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
      readonly body: string | Uint8Array | AsyncIterable<Uint8Array>;
      readonly headers: Readonly<Record<string, string>>;
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
  readonly parameters?: readonly ParameterDefinition[];
  readonly body?: {
    readonly kinds: readonly BodyKind[];
    readonly schema?: JsonSchema;
    readonly required?: boolean;
    /** What documents say it takes, by media type; made from `kinds` and `schema` when absent. */
    readonly content?: Readonly<Record<string, JsonSchema>>;
    /** Most bytes; the API's limit when absent. */
    readonly limit?: number;
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
}
