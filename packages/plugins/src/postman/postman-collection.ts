import type {
  OpenAPIObject,
  OperationObject,
  ParameterObject,
  PathItemObject,
  SecuritySchemeObject,
} from 'openapi3-ts/oas31';
import {
  collectionSchema,
  type PostmanAuth,
  type PostmanCollection,
  type PostmanFolder,
  type PostmanItem,
  type PostmanPair,
  type PostmanScript,
} from './collection.ts';
import { checkNames, type OperationSample, type PostmanOptions } from './options.ts';
import { type PlacedOperation, requestOf } from './request.ts';
import { resolved } from './sample.ts';

const methods = ['post', 'get', 'x-query', 'put', 'patch', 'delete', 'head', 'options'] as const;

/**
 * A Postman collection (format 2.1) of all operations of an OpenAPI document: a folder for each tag, samples for headers,
 * parameters and bodies, and a request for a token that keeps it for the others. Variables: `base_url`, `client_id`,
 * `client_secret`, `access_token`, and `run`, which is another number with each token, for values that must be new.
 *
 * @throws ConfigurationError for an option that there is none of
 * @throws TypeError for a sample of an operation that there is none of, or a reference that leads nowhere
 * @example postmanCollection(openapiDocument(api.plan), { baseUrl: 'https://api.example/v2' })
 * @see docs/guides/postman.md
 */
export function postmanCollection(document: OpenAPIObject, options: PostmanOptions = {}): PostmanCollection {
  checkNames(options);
  const { samples = {}, variables = {} } = options;
  const operations = operationsOf(document);
  const ids = new Set(operations.map(({ operation }) => operation.operationId));
  for (const id of Object.keys(samples)) if (!ids.has(id)) throw new TypeError(`there is no operation ${id}`);
  const token = tokenPath(document);
  const folders = new Map<string, PostmanItem[]>();
  for (const placed of operations) {
    const { operation, path, method } = placed;
    const isToken = path === token && method === 'POST';
    const sample = { ...(isToken ? grant : {}), ...samples[operation.operationId ?? ''] };
    const item: PostmanItem = {
      name: operation.summary ?? operation.operationId ?? `${method} ${path}`,
      ...(isToken ? { event: [keepToken] } : {}),
      request: requestOf(document, placed, sample),
    };
    const name = operation.tags?.[0] ?? document.info.title;
    folders.set(name, [...(folders.get(name) ?? []), item]);
  }
  const { title, version, description } = document.info;
  const pairs: Readonly<Record<string, string>> = {
    base_url: options.baseUrl ?? document.servers?.[0]?.url ?? '',
    client_id: '',
    client_secret: '',
    access_token: '',
    run: '1',
    ...variables,
  };
  return {
    info: { name: title, ...(description === undefined ? {} : { description }), version, schema: collectionSchema },
    auth: authOf(document),
    variable: Object.entries(pairs).map(([key, value]): PostmanPair => ({ key, value })),
    item: inOrder(folders, options.folders ?? [], document),
  };
}

function inOrder(
  folders: ReadonlyMap<string, readonly PostmanItem[]>,
  first: readonly string[],
  { tags = [] }: OpenAPIObject,
): readonly PostmanFolder[] {
  return [...new Set([...first, ...tags.map(({ name }) => name), ...folders.keys()])].flatMap((name) => {
    const item = folders.get(name);
    const description = tags.find((tag) => tag.name === name)?.description;
    return item === undefined ? [] : [{ name, ...(description === undefined ? {} : { description }), item }];
  });
}

/** All operations; those of one resource in the order in which they can be played: what makes records comes first. */
function operationsOf(document: OpenAPIObject): readonly PlacedOperation[] {
  const found = Object.entries(document.paths ?? {}).flatMap(([path, item]: [string, PathItemObject]) =>
    methods.flatMap((name): PlacedOperation[] => {
      const operation = (item as Readonly<Record<string, OperationObject | undefined>>)[name];
      if (operation === undefined) return [];
      const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((parameter) =>
        resolved<ParameterObject>(document, parameter),
      );
      const method = (name === 'x-query' ? 'query' : name).toUpperCase();
      return [{ path, method, operation, parameters }];
    }),
  );
  return found
    .map((placed, index) => ({ placed, index, rank: placed.method === 'DELETE' ? 1 : 0 }))
    .sort((one, other) => one.rank - other.rank || one.index - other.index)
    .map(({ placed }) => placed);
}

const schemesOf = (document: OpenAPIObject): readonly SecuritySchemeObject[] =>
  Object.values(document.components?.securitySchemes ?? {}).map((scheme) =>
    resolved<SecuritySchemeObject>(document, scheme),
  );

/** The path of the token endpoint, where the document describes it. */
function tokenPath(document: OpenAPIObject): string | undefined {
  const urls = schemesOf(document).flatMap(({ flows }) => flows?.clientCredentials?.tokenUrl ?? []);
  const paths = Object.keys(document.paths ?? {});
  return paths.find((path) => urls.some((url) => url.split('?')[0]?.endsWith(path)));
}

/** A client that asks for itself (RFC 6749 section 4.4). */
const grant: OperationSample = {
  body: { grant_type: 'client_credentials', client_id: '{{client_id}}', client_secret: '{{client_secret}}' },
};

const keepToken: PostmanScript = {
  listen: 'test',
  script: {
    type: 'text/javascript',
    exec: [
      "pm.test('a token is granted', () => pm.response.to.have.status(200));",
      'if (pm.response.code === 200) {',
      "  pm.collectionVariables.set('access_token', pm.response.json().access_token);",
      "  pm.collectionVariables.set('run', String(Date.now()));",
      '}',
    ],
  },
};

/** What requests are sent with: a bearer token, a key in a header, or a name and a password. */
function authOf(document: OpenAPIObject): PostmanAuth {
  const schemes = schemesOf(document);
  const isBearer = ({ type, scheme }: SecuritySchemeObject) =>
    type === 'oauth2' || type === 'openIdConnect' || (type === 'http' && scheme?.toLowerCase() === 'bearer');
  if (schemes.some(isBearer)) return { type: 'bearer', bearer: [{ key: 'token', value: '{{access_token}}' }] };
  const apiKey = schemes.find(({ type }) => type === 'apiKey');
  if (apiKey !== undefined) {
    const pairs = { key: apiKey.name ?? '', value: '{{access_token}}', in: apiKey.in === 'query' ? 'query' : 'header' };
    return { type: 'apikey', apikey: Object.entries(pairs).map(([key, value]) => ({ key, value })) };
  }
  if (schemes.some(({ type, scheme }) => type === 'http' && scheme?.toLowerCase() === 'basic')) {
    const pairs = { username: '{{client_id}}', password: '{{client_secret}}' };
    return { type: 'basic', basic: Object.entries(pairs).map(([key, value]) => ({ key, value })) };
  }
  return { type: 'noauth' };
}
