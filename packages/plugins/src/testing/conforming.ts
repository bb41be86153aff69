import { type Api, createRouter, type JsonSchema, type RequestHandler, type Router } from '@sallyport/core';
import { call as plainCall, type TestRequest, type TestResponse } from '@sallyport/core/testing';
import type { OpenAPIObject } from 'openapi3-ts/oas31';
import { type DocumentOptions, openapiDocument } from '../openapi/index.ts';
import { ConformanceError } from './conformance-error.ts';
import { type DocumentedOperation, type DocumentedResponse, operationsOf } from './documented.ts';
import { mismatchesOf } from './mismatches.ts';
import { ResponseValidators } from './validators.ts';

/** A response as it came, whatever brought it. */
export interface ReceivedResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
}

/** A response that came from the wire, and the request that it answers. */
export interface Conformance {
  /** The document that responses are held against. */
  readonly document: OpenAPIObject;
  /** As `call` of `@sallyport/core/testing`. @throws ConformanceError */
  call(api: RequestHandler, method: string, target: string, request?: TestRequest): Promise<TestResponse>;
  /** As the global `fetch`; the answer's body can still be read. @throws ConformanceError */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** Judges one response; `target` is an address or its path with the query. @throws ConformanceError */
  check(method: string, target: string, response: ReceivedResponse): void;
}

export interface ConformanceOptions {
  /** What the document is made with, when an API is given. */
  readonly document?: Omit<DocumentOptions, 'version'>;
}

/** What the router leads to; nothing for routes that are kept out of documents. */
type Target = DocumentedOperation | undefined;

interface Subject {
  readonly document: OpenAPIObject;
  readonly basePath: string;
  readonly router: Router<Target>;
  /** Shapes of errors at addresses without an operation, by media type; unknown when only a document is given. */
  readonly errors: Readonly<Record<string, JsonSchema>> | undefined;
}

/**
 * Holds responses against the OpenAPI 3.1 document of an API: the status is declared, the media type is declared, the
 * body fits its schema, required headers are there and all declared headers fit theirs. A response that does not is
 * an error that names the route, the status and the place.
 *
 * @example
 * const { call } = conformingTo(api);
 * const response = await call(api, 'GET', '/partner?limit=1');
 */
export function conformingTo(source: Api | OpenAPIObject, options: ConformanceOptions = {}): Conformance {
  const subject = 'plan' in source ? ofApi(source as Api, options) : ofDocument(source as OpenAPIObject);
  const validators = new ResponseValidators(subject.document);

  function check(method: string, target: string, response: ReceivedResponse): void {
    const path = pathBelow(target, subject.basePath);
    // Another API's address: nothing is known of it.
    if (path === undefined) return;
    const found = match(subject.router, method, path);
    if (found === 'hidden') return;
    // An API may answer no HEAD; documents say nothing of it.
    const isUnrouted = found === undefined || (method === 'HEAD' && response.status === 405);
    const expected = isUnrouted ? unrouted(response.status, subject) : found.responses.get(String(response.status));
    const mismatches = mismatchesOf(expected, method, response, validators);
    if (mismatches.length > 0) {
      throw new ConformanceError(`${method} ${target}`, found?.operationId, response.status, mismatches, response.text);
    }
  }

  return {
    document: subject.document,
    check,
    async call(api, method, target, request) {
      const response = await plainCall(api, method, target, request);
      // Status 0: the address was left to the host.
      if (response.status !== 0) check(method, target, response);
      return response;
    },
    async fetch(input, init) {
      const request = new Request(input, init);
      const { method, url } = request;
      const response = await fetch(request);
      const text = await response.clone().text();
      check(method, url, { status: response.status, headers: Object.fromEntries(response.headers), text });
      return response;
    },
  };
}

const known = new WeakMap<RequestHandler, Conformance>();

/**
 * `call` of `@sallyport/core/testing`, each response held against the API's own document.
 * @throws ConformanceError
 */
export function call(api: Api, method: string, target: string, request?: TestRequest): Promise<TestResponse> {
  let conformance = known.get(api);
  if (conformance === undefined) {
    conformance = conformingTo(api);
    known.set(api, conformance);
  }
  return conformance.call(api, method, target, request);
}

function ofApi({ plan }: Api, options: ConformanceOptions): Subject {
  const document = openapiDocument(plan, { ...options.document, version: '3.1' });
  const operations = new Map(operationsOf(document).map((operation) => [operation.at, operation]));
  const shapes = new Map(
    [...operations.values()].map((operation) => [shapeOf(operation.method, operation.path), operation]),
  );
  const router = createRouter<Target>(
    plan.routes.map(({ method, path }) => ({ method, path, value: shapes.get(shapeOf(method, path)) })),
  );
  return { document, basePath: plan.api.basePath, router, errors: plan.envelope.schemas.error };
}

function ofDocument(document: OpenAPIObject): Subject {
  if (!document.openapi.startsWith('3.1'))
    throw new Error(`responses are held against OpenAPI 3.1, not ${document.openapi}`);
  const router = createRouter<Target>(
    operationsOf(document).map((operation) => ({ method: operation.method, path: operation.path, value: operation })),
  );
  const base = new URL(document.servers?.[0]?.url ?? '/', 'http://localhost').pathname;
  return { document, basePath: base === '/' ? '' : base.replace(/\/$/, ''), router, errors: undefined };
}

/** Paths that differ only in the names of their parameters are one path. */
function shapeOf(method: string, path: string): string {
  return `${method} ${path.replaceAll(/\{[^{}]+\}/g, '{}')}`;
}

/** The path below the base path, without query; `undefined` outside of it. */
function pathBelow(target: string, basePath: string): string | undefined {
  const [path = ''] = target.replace(/^https?:\/\/[^/?#]*/i, '').split(/[?#]/, 1);
  if (!path.startsWith(basePath)) return undefined;
  const rest = path.slice(basePath.length);
  return rest === '' ? '/' : rest.startsWith('/') ? rest : undefined;
}

function match(router: Router<Target>, method: string, path: string): DocumentedOperation | 'hidden' | undefined {
  try {
    const found = router.match(method, path);
    return found.kind === 'found' ? (found.value ?? 'hidden') : undefined;
  } catch {
    // The path cannot be decoded: the road refuses it before it looks for a route.
    return undefined;
  }
}

/** What may be answered where there is no operation: an error of the envelope's, a redirect, or an answer to OPTIONS. */
function unrouted(status: number, { errors }: Subject): DocumentedResponse | undefined {
  // A document alone does not tell which addresses it leaves out.
  if (errors === undefined) return { headers: [], content: undefined };
  if (status === 204 || status === 307) return { headers: [], content: new Map() };
  return status < 400 ? undefined : { headers: [], content: new Map(Object.entries(errors)) };
}
