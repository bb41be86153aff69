import type {
  OpenAPIObject,
  OperationObject,
  ParameterObject,
  ReferenceObject,
  RequestBodyObject,
} from 'openapi3-ts/oas31';
import type { PostmanAuth, PostmanBody, PostmanPair, PostmanRequest, PostmanUrl } from './collection.ts';
import type { OperationSample } from './options.ts';
import { resolved, sampleOf } from './sample.ts';

/** An operation with the place where it stands in a document. */
export interface PlacedOperation {
  readonly path: string;
  readonly method: string;
  readonly operation: OperationObject;
  readonly parameters: readonly ParameterObject[];
}

/** The media types that bodies are written in, the best first. */
const written = ['application/json', 'application/merge-patch+json', 'application/x-www-form-urlencoded'];

/** An operation as a request, with samples for all that it takes. What may be left out is there, and turned off. */
export function requestOf(
  document: OpenAPIObject,
  { path, method, operation, parameters }: PlacedOperation,
  sample: OperationSample,
): PostmanRequest {
  const body = bodyOf(document, operation.requestBody, sample);
  const pairs = pairsOf(document, parameters, sample);
  const header = [...(body === undefined ? [] : [{ key: 'Content-Type', value: body.type }]), ...pairs('header')];
  const auth = authOf(operation);
  return {
    method,
    url: urlOf(path, pairs('query'), pairs('path')),
    header,
    ...(body === undefined ? {} : { body: body.content }),
    ...(auth === undefined ? {} : { auth }),
    ...(operation.description === undefined ? {} : { description: operation.description }),
  };
}

/** Nothing is sent to an operation that is open to all; the others take the collection's. */
function authOf({ security }: OperationObject): PostmanAuth | undefined {
  return security !== undefined && security.length === 0 ? { type: 'noauth' } : undefined;
}

function pairsOf(document: OpenAPIObject, parameters: readonly ParameterObject[], sample: OperationSample) {
  const given = { path: sample.path, query: sample.query, header: sample.headers };
  return (place: keyof typeof given): readonly PostmanPair[] =>
    parameters
      .filter((parameter) => parameter.in === place)
      .map((parameter) => {
        const own = given[place]?.[parameter.name];
        const value = own ?? textOf(parameter.example ?? sampleOf(document, parameter.schema));
        return {
          key: parameter.name,
          value: place === 'path' && own === undefined ? encodeURIComponent(value) : value,
          ...(parameter.description === undefined ? {} : { description: parameter.description }),
          ...(parameter.required === true || own !== undefined ? {} : { disabled: true }),
        };
      });
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map(textOf).join(',');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** The address: parameters that are a whole segment are variables of the request, others of the collection. */
function urlOf(path: string, query: readonly PostmanPair[], values: readonly PostmanPair[]): PostmanUrl {
  const segments = path
    .split('/')
    .filter((segment) => segment !== '')
    .map((segment) => segment.replace(/^\{([^{}]+)\}$/, ':$1').replaceAll(/\{([^{}]+)\}/g, '{{$1}}'));
  const variable = values.filter(({ key }) => segments.includes(`:${key}`));
  const sent = query.filter(({ disabled }) => disabled !== true).map(({ key, value }) => `${key}=${value}`);
  return {
    raw: `{{base_url}}/${segments.join('/')}${sent.length === 0 ? '' : `?${sent.join('&')}`}`,
    host: ['{{base_url}}'],
    path: segments,
    ...(query.length === 0 ? {} : { query }),
    ...(variable.length === 0 ? {} : { variable }),
  };
}

function bodyOf(
  document: OpenAPIObject,
  body: RequestBodyObject | ReferenceObject | undefined,
  sample: OperationSample,
): { readonly type: string; readonly content: PostmanBody } | undefined {
  if (body === undefined) return undefined;
  const { content } = resolved<RequestBodyObject>(document, body);
  const type = written.find((each) => content[each] !== undefined) ?? Object.keys(content)[0];
  if (type === undefined) return undefined;
  const media = content[type];
  const value = sample.body ?? media?.example ?? sampleOf(document, media?.schema);
  if (type === 'application/x-www-form-urlencoded') {
    const fields = Object.entries((value ?? {}) as Readonly<Record<string, unknown>>);
    return {
      type,
      content: { mode: 'urlencoded', urlencoded: fields.map(([key, each]) => ({ key, value: textOf(each) })) },
    };
  }
  if (!/[/+]json$/.test(type)) return { type, content: { mode: 'file', file: { src: null } } };
  const raw = JSON.stringify(value ?? {}, null, 2);
  return { type, content: { mode: 'raw', raw, options: { raw: { language: 'json' } } } };
}
