import type { SallyportError } from '../errors/index.ts';
import type { CallContext, RequestHead } from './call.ts';
import type { JsonSchema } from './route.ts';

/** Relative addresses of a page and its neighbours, query percent-encoded. */
export interface PageLinks {
  readonly self: string;
  readonly next: string | undefined;
  readonly prev: string | undefined;
}

/** One page of a search. */
export interface Page {
  readonly items: readonly unknown[];
  /** Absent when it was not counted. */
  readonly total: number | undefined;
  readonly estimated: boolean;
  readonly offset: number;
  readonly limit: number;
  /** Where the next page starts, for cursor paging; absent on the last one. */
  readonly cursor: string | undefined;
  readonly links: PageLinks;
}

/** What an error's rendering may look at. */
export interface ErrorContext {
  readonly id: string;
  readonly head: RequestHead | undefined;
  readonly call: CallContext | undefined;
}

export interface RenderedError {
  readonly status: number;
  readonly mediaType: string;
  readonly body: unknown;
}

/** The shape of an API's answers: what wraps records, pages, results and errors, and the schemas of all that. */
export interface Envelope {
  readonly name: string;
  /** Status of a successful create. Default 201. */
  readonly createdStatus?: number;
  record(value: unknown, call: CallContext): unknown;
  page(page: Page, call: CallContext): unknown;
  result(value: unknown, call: CallContext): unknown;
  /** Status and body of a delete; an undefined body is `204`. */
  deleted(key: string, call: CallContext): { readonly status: number; readonly value: unknown };
  error(error: SallyportError, context: ErrorContext): RenderedError;
  readonly schemas: {
    record(schema: JsonSchema): JsonSchema;
    page(item: JsonSchema): JsonSchema;
    result(schema: JsonSchema): JsonSchema;
    deleted(key: JsonSchema): { readonly status: number; readonly schema: JsonSchema | undefined };
    /** By media type. */
    readonly error: Readonly<Record<string, JsonSchema>>;
  };
}
