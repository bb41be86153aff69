import type { RepresentedRecord } from '../operations/records.ts';
import type { ResourcePlan } from '../plan/resource-plan.ts';
import type { Condition } from '../query/condition.ts';
import type { Where } from '../query/where.ts';
import type { CallContext } from '../road/call.ts';
import type { JsonSchema, Outcome, ParameterDefinition, ResponseDefinition, RouteCall } from '../road/route.ts';
import type { Scope } from '../scopes/requirement.ts';
import type { CountMode, Unit } from '../store/store.ts';

/** What every operation may say. */
export interface OperationOptions {
  /** Who may call it; what the resource's `scope` or the API's vocabulary says when absent. One of them must be there. */
  readonly scope?: Scope;
  readonly summary?: string;
  readonly description?: string;
  /** What unset members do in its answer; the API's rule when absent. */
  readonly nulls?: 'print' | 'omit';
  /**
   * Further ways it can answer, by status, for documents, and what else there is to say of its success: headers, other
   * words. An error without a schema has that of the envelope.
   */
  readonly responses?: Readonly<Record<number, ResponseDefinition>>;
}

export interface SearchOptions<E = never> extends OperationOptions {
  /** Records on a page: when the caller does not say, and at most. Defaults 50 and 200. */
  readonly limit?: { readonly default?: number; readonly max?: number };
  /** Largest offset; 10 000 by default, since deep offsets are slow: cursors are not bound by it. */
  readonly maxOffset?: number;
  /** What is counted when the caller does not say. Default `none`. */
  readonly count?: CountMode;
  /** Narrows searches only, on top of the resource's domain. */
  readonly domain?: (call: CallContext, where: Where<E>) => Condition;
  /** Whether all that matches can be had in one answer too, as `application/x-ndjson`. Default false. */
  readonly stream?: boolean | StreamOptions;
}

/** How the records of a streamed search are read. */
export interface StreamOptions {
  /** Records that are read by one statement, and held in memory. Default 500. */
  readonly page?: number;
  /** How long a stream may take to be sent, in milliseconds; then it is broken off. Default 3 600 000, an hour. */
  readonly longestMs?: number;
  /** Streams of the API, of whatever resource, that one caller may have from one process when it asks for this one. Default 4. */
  readonly atOnce?: number;
}

export interface ReplaceOptions extends OperationOptions {
  /**
   * What an absent optional member means: unset it (RFC 9110 section 9.3.4, the default), or leave it as it is. A null is
   * then as good as absent, so that what was read with its nulls printed can be sent back.
   */
  readonly absent?: 'unset' | 'keep';
  /** Also serves `PUT` on the collection: answers the key that a body names. */
  readonly addressedBy?: (body: never, call: CallContext) => string;
}

export interface DeleteOptions extends OperationOptions {
  /** Properties of the entity that are set in place of deleting the row, so that the record is archived: `{ active: false }`. */
  readonly archive?: Readonly<Record<string, unknown>>;
  /** `inside`: there is no address for it; only calls inside others, such as the entries of a bundle, ask for it. */
  readonly reach?: 'inside';
}

/** The operations of a resource; what is absent or `false` has no route. */
export interface Operations<E = never> {
  readonly search?: boolean | SearchOptions<E>;
  readonly read?: boolean | OperationOptions;
  readonly create?: boolean | OperationOptions;
  /** JSON merge patch (RFC 7396). */
  readonly update?: boolean | OperationOptions;
  readonly replace?: boolean | ReplaceOptions;
  readonly delete?: boolean | DeleteOptions;
}

export type OperationName = keyof Operations;

/** What a method on a record or a collection is given. */
export interface MethodRun<Input = unknown> extends RouteCall {
  readonly plan: ResourcePlan;
  /** The primary key of the record that was addressed; `undefined` for methods on a collection. */
  readonly primaryKey: unknown;
  /** The body, checked by the method's schema. */
  readonly input: Input;
  /** The transaction that the method runs in. @throws Error for `GET`, which has none */
  readonly inUnit: Unit;
  /**
   * Makes a record of any resource as `POST` would, inside the method's transaction: the same schema, defaults, rules and
   * hooks. Scopes and field lists have no say: the method's own scope let the caller do this. Answers the primary key.
   *
   * @throws SallyportError `invalid_body` and whatever the resource's rules throw; Error for `GET`
   */
  create(resource: string, body: Readonly<Record<string, unknown>>): Promise<unknown>;
  /**
   * A record as a write of its resource answers it to this caller: like a read, and of one that it may not read no more
   * than which it is, and its version.
   */
  answer(resource: string, primaryKey: unknown, options?: Pick<OperationOptions, 'nulls'>): Promise<AnsweredRecord>;
}

/** What a method answers of a record that it has written. */
export interface AnsweredRecord extends RepresentedRecord {
  /** Path of the record, for a `Location`; absent when it has no key, or is not read by one. */
  readonly address: string | undefined;
}

/**
 * The schema of a record of any resource, as its reads answer it: in documents the same component.
 *
 * @throws ConfigurationError when there is no such resource
 */
export type RecordSchemas = (resource: string, options?: Pick<OperationOptions, 'nulls'>) => JsonSchema;

/** A method of the user's on a record or a collection. It takes the same road as every operation. */
export interface MethodDefinition<Input = unknown> {
  readonly on: 'record' | 'collection';
  /** Default `POST`. `GET` runs outside a transaction, all others in one. */
  readonly verb?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path below the record or the collection; the method's name when absent. May hold parameters: `member/{person}`. */
  readonly path?: string;
  readonly scope?: Scope;
  /** Schemas of the parameters of its path, with what they are as `description`; for documents. */
  readonly pathParameters?: Readonly<Record<string, JsonSchema>>;
  readonly parameters?: readonly ParameterDefinition[];
  /** Schema of the body. */
  readonly input?: JsonSchema;
  /** Whether a call may leave the body out; `input` is then undefined. Default false. */
  readonly inputOptional?: boolean;
  /** Schema of the result; a function is given the schemas of records: `(record) => record('group')`. */
  readonly output?: JsonSchema | ((record: RecordSchemas) => JsonSchema);
  /** Status of success. Default 200. */
  readonly status?: number;
  /**
   * Further ways it can answer, by status, for documents, and what else there is to say of its success: headers, other
   * words. An error without a schema has that of the envelope.
   */
  readonly responses?: Readonly<Record<number, ResponseDefinition>>;
  readonly summary?: string;
  readonly description?: string;
  /** Answers the result, or a whole {@link Outcome} made by `outcome()`. */
  readonly run: (call: MethodRun<Input>) => Promise<unknown> | unknown;
}

/** A body whose type is said must have a schema: the type alone holds nobody to it. */
type Typed<Input> = unknown extends Input ? unknown : { readonly input: JsonSchema };

/**
 * Declares a method. `method<Input>({ … })` says what type the body is once it has passed the schema of `input`; it is
 * `unknown` where nobody says.
 *
 * @see docs/reference/operations.md
 */
export function method<Input = unknown>(definition: MethodDefinition<Input> & Typed<NoInfer<Input>>): MethodDefinition {
  // The road runs it with nothing but bodies that its schema lets through, of which Input is the type.
  return definition as MethodDefinition<never> as MethodDefinition;
}

const outcomes = new WeakSet<object>();

/** Marks a method's result as a whole outcome: a status and headers of its own beside the value. */
export function outcome(
  value: unknown,
  options: { status: number; headers?: Readonly<Record<string, string>> },
): Outcome {
  const made: Outcome = { kind: 'value', value, ...options };
  outcomes.add(made);
  return made;
}

const pages = new WeakSet<object>();

/** One page of a method's own making: answered in the API's envelope, with the links of a search. */
export interface MethodPage {
  readonly items: readonly unknown[];
  /** How many there are over all pages. */
  readonly total: number;
  readonly offset: number;
  readonly limit: number;
}

/** Marks a method's result as a page. The method declares the paging parameters of the API's query dialect. */
export function page(made: MethodPage): MethodPage {
  const marked = { ...made };
  pages.add(marked);
  return marked;
}

/** Whether a method's result was made by {@link page}. */
export function isPage(value: unknown): value is MethodPage {
  return typeof value === 'object' && value !== null && pages.has(value);
}

/** Whether a method's result was made by {@link outcome}. */
export function isOutcome(value: unknown): value is Outcome {
  return typeof value === 'object' && value !== null && outcomes.has(value);
}
