import type { JsonSchema } from '@sallyport/core';
import type { OpenAPIObject } from 'openapi3-ts/oas31';

/** One declared answer. */
export interface DocumentedResponse {
  readonly headers: readonly { readonly name: string; readonly required: boolean; readonly schema: JsonSchema }[];
  /** Schemas by media type; `undefined`: anything. */
  readonly content: ReadonlyMap<string, JsonSchema> | undefined;
}

/** An operation of a document, its references resolved down to schemas. */
export interface DocumentedOperation {
  /** `GET /partner/{key}`. */
  readonly at: string;
  readonly method: string;
  readonly path: string;
  readonly operationId: string | undefined;
  /** By status, as text. */
  readonly responses: ReadonlyMap<string, DocumentedResponse>;
}

interface Part extends Readonly<Record<string, unknown>> {
  readonly $ref?: string;
}

const methods: Readonly<Record<string, string>> = {
  get: 'GET',
  put: 'PUT',
  post: 'POST',
  delete: 'DELETE',
  patch: 'PATCH',
  'x-query': 'QUERY',
};

/** The operations of a document. @throws Error for a reference that leads nowhere */
export function operationsOf(document: OpenAPIObject): readonly DocumentedOperation[] {
  const resolve = (part: Part): Part => (part.$ref === undefined ? part : resolve(resolved(document, part.$ref)));
  return Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item as Readonly<Record<string, Part>>).flatMap(([verb, operation]) => {
      const method = methods[verb];
      if (method === undefined) return [];
      const responses = Object.entries((operation.responses ?? {}) as Readonly<Record<string, Part>>).map(
        ([status, response]) => [status, responseOf(resolve(response), resolve)] as const,
      );
      const { operationId } = operation as { readonly operationId?: string };
      return [{ at: `${method} ${path}`, method, path, operationId, responses: new Map(responses) }];
    }),
  );
}

function responseOf(response: Part, resolve: (part: Part) => Part): DocumentedResponse {
  const {
    headers = {},
    content = {},
    'x-alternatives': alternatives = {},
  } = response as {
    readonly headers?: Readonly<Record<string, Part>>;
    readonly content?: Readonly<Record<string, { readonly schema?: JsonSchema }>>;
    readonly 'x-alternatives'?: typeof content;
  };
  return {
    headers: Object.entries(headers).map(([name, header]) => {
      const { required = false, schema = {} } = resolve(header) as {
        readonly required?: boolean;
        readonly schema?: JsonSchema;
      };
      return { name: name.toLowerCase(), required, schema };
    }),
    content: new Map(Object.entries({ ...content, ...alternatives }).map(([type, { schema = {} }]) => [type, schema])),
  };
}

/** What a local reference points to (RFC 6901 in a URI fragment). @throws Error when it leads nowhere */
export function resolved(document: object, reference: string): Part {
  if (!reference.startsWith('#/')) throw new Error(`${reference} is not in this document`);
  let part: unknown = document;
  for (const step of reference.slice(2).split('/')) {
    const name = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
    part =
      typeof part === 'object' && part !== null && Object.hasOwn(part, name)
        ? part[name as keyof typeof part]
        : undefined;
  }
  if (typeof part !== 'object' || part === null) throw new Error(`${reference} leads nowhere`);
  return part as Part;
}
