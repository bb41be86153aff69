import type { HeaderDefinition, JsonSchema, Plan, PlannedRoute } from '@sallyport/core';
import type {
  ContentObject,
  HeadersObject,
  OperationObject,
  ParameterObject,
  RequestBodyObject,
  ResponseObject,
  SchemaObject,
} from 'openapi3-ts/oas31';
import { type DescribedResponse, documentationFor, responsesOf } from './faults.ts';
import { isOpened, requirementsOf, type SecuritySchemes } from './security.ts';

/** Where a route stands in the document. */
export interface Placement {
  readonly operationId: string;
  /** Names of path parameters in the document, by those of the route. */
  readonly names: ReadonlyMap<string, string>;
}

/** JSON Schemas of the plan are 2020-12, as those of OpenAPI 3.1 are. */
const schemaObject = (schema: JsonSchema): SchemaObject => schema as SchemaObject;

const bodyTypes = {
  json: ['application/json'],
  'merge-patch': ['application/merge-patch+json', 'application/json'],
  form: ['application/x-www-form-urlencoded'],
  any: ['*/*'],
} as const;

/** One route as an operation, its schemas in place. */
export function operationOf(
  route: PlannedRoute,
  { operationId, names }: Placement,
  plan: Plan,
  schemes: SecuritySchemes,
): OperationObject {
  const { tags = [], summary } = route;
  const parameters = [...pathParameters(route, names), ...queryParameters(route), ...headerParameters(route, plan)];
  const description = descriptionOf(route, plan);
  const body = requestBody(route);
  return {
    operationId,
    ...(tags.length === 0 ? {} : { tags: [...tags] }),
    ...(summary === undefined ? {} : { summary }),
    ...(description === '' ? {} : { description }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: body }),
    responses: Object.fromEntries(
      [...responsesOf(route, plan)].map(([status, response]) => [
        String(status),
        responseObject(response, route, plan),
      ]),
    ),
    security: requirementsOf(route, schemes, plan),
  };
}

function descriptionOf(route: PlannedRoute, plan: Plan): string {
  const {
    description = '',
    requirement: { open, alternatives },
  } = route;
  if (open) return description;
  if (alternatives.every(({ length }) => length === 0))
    return `${description}\n\nNeeds an authenticated caller.`.trim();
  const several = alternatives.some(({ length }) => length > 1);
  const sets = alternatives.map((names) => names.map((name) => `\`${name}\``).join(' and '));
  // A comma keeps "a and b, or c" from being read as "a and (b or c)".
  const scopes = `the scope${several ? 's' : ''} ${sets.join(several ? ', or ' : ' or ')}`;
  const needs = isOpened(route, plan) ? `Needs no credentials; with some, ${scopes}.` : `Needs ${scopes}.`;
  return description === '' ? needs : `${description}\n\n${needs}`;
}

function pathParameters(route: PlannedRoute, names: Placement['names']): ParameterObject[] {
  return [...names].map(([name, shown]) => {
    const { description: own, ...schema } = route.pathParameters?.[name] ?? { type: 'string' };
    const key =
      name === 'key' && route.subject !== undefined ? `Key of the ${route.subject.resource.type}.` : undefined;
    const description = own ?? key;
    return {
      name: shown,
      in: 'path',
      required: true,
      ...(typeof description === 'string' ? { description } : {}),
      schema: schemaObject(schema),
    };
  });
}

function queryParameters({ parameters = [] }: PlannedRoute): ParameterObject[] {
  const shown = parameters.filter(({ hidden }) => hidden !== true);
  return shown.map(({ name, description, schema, required }) => ({
    name,
    in: 'query',
    ...(description === undefined ? {} : { description }),
    ...(required === true ? { required } : {}),
    schema: schemaObject(schema),
  }));
}

function headerParameters({ requestHeaders = [] }: PlannedRoute, plan: Plan): ParameterObject[] {
  return requestHeaders.map(({ name, description }) => ({
    name,
    in: 'header',
    description,
    ...(name.toLowerCase() === 'if-match' && plan.strictness.requireIfMatch ? { required: true } : {}),
    schema: { type: 'string' },
  }));
}

function requestBody({ body }: PlannedRoute): RequestBodyObject | undefined {
  if (body === undefined) return undefined;
  const types = [...new Set(body.kinds.flatMap((kind) => bodyTypes[kind]))];
  const content: ContentObject =
    body.content === undefined
      ? Object.fromEntries(types.map((type) => [type, { schema: schemaObject(body.schema ?? {}) }]))
      : contentOf(body.content);
  return { ...(body.required === true ? { required: true } : {}), content };
}

function contentOf(content: Readonly<Record<string, JsonSchema>>): ContentObject {
  return Object.fromEntries(Object.entries(content).map(([type, schema]) => [type, { schema: schemaObject(schema) }]));
}

const requestId: HeaderDefinition = {
  description: 'Id of the call, as the log has it.',
  schema: { type: 'string' },
  required: true,
};

function responseObject(
  { description, headers, content, alternatives }: DescribedResponse,
  route: PlannedRoute,
  plan: Plan,
): ResponseObject {
  const everywhere = Object.assign(
    {},
    ...documentationFor(route, plan).map((documentation) => documentation.headers ?? {}),
  ) as Readonly<Record<string, HeaderDefinition>>;
  return {
    description,
    headers: headersObject({ ...headers, 'X-Request-Id': requestId, ...everywhere }),
    ...(Object.keys(content).length === 0 ? {} : { content: contentOf(content) }),
    // Apart: of two types under `content` generated clients make one that is either, for callers who never ask for the other.
    ...(alternatives === undefined ? {} : { 'x-alternatives': contentOf(alternatives) }),
  };
}

function headersObject(headers: Readonly<Record<string, HeaderDefinition>>): HeadersObject {
  return Object.fromEntries(
    Object.entries(headers).map(([name, { description, schema, required }]) => [
      name,
      { description, ...(required === true ? { required } : {}), schema: schemaObject(schema) },
    ]),
  );
}
