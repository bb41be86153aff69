import type { JsonSchema, Plan, PlannedRoute } from '@sallyport/core';
import type { OpenAPIObject as OpenApiObject30 } from 'openapi3-ts/oas30';
import {
  type HeaderObject,
  OpenApiBuilder,
  type OpenAPIObject as OpenApiObject31,
  type PathItemObject,
  type PathsObject,
  type ResponseObject,
  type SchemaObject,
} from 'openapi3-ts/oas31';
import { SchemaComponents } from './components.ts';
import { toOpenApi30 } from './down-convert.ts';
import { errorContent } from './faults.ts';
import { operationOf } from './operation.ts';
import type { DocumentOptions } from './options.ts';
import { placeRoutes } from './paths.ts';
import { securitySchemesOf } from './security.ts';
import { shareResponses } from './shared-responses.ts';
import { tagGroupsOf, tagsOf } from './tags.ts';

export type { OpenApiObject30, OpenApiObject31 };

/**
 * The OpenAPI document of an API, made from its plan and from nothing else: every route that is not hidden, with all the
 * ways it can answer. 3.1 unless told; 3.0 is made from it by translating its schemas.
 *
 * @throws ConfigurationError when two strategies describe one security scheme differently
 * @example openapiDocument(api.plan, { version: '3.0', info: { license: { name: 'MIT', identifier: 'MIT' } } })
 * @see docs/reference/openapi.md
 */
export function openapiDocument(plan: Plan, options: DocumentOptions & { readonly version: '3.0' }): OpenApiObject30;
export function openapiDocument(plan: Plan, options?: DocumentOptions & { readonly version?: '3.1' }): OpenApiObject31;
export function openapiDocument(plan: Plan, options?: DocumentOptions): OpenApiObject30 | OpenApiObject31;
export function openapiDocument(plan: Plan, options: DocumentOptions = {}): OpenApiObject30 | OpenApiObject31 {
  const routes = documentedRoutes(plan, options);
  const schemes = securitySchemesOf(plan, routes, options);
  const items: Record<string, Record<string, unknown>> = {};
  for (const { route, path, ...placement } of placeRoutes(routes)) {
    const item = items[path] ?? {};
    items[path] = item;
    // QUERY (RFC 10008) has a place of its own from OpenAPI 3.2 on.
    const verb = route.method === 'QUERY' ? 'x-query' : route.method.toLowerCase();
    item[verb] = operationOf(route, placement, plan, schemes);
  }
  const components = new SchemaComponents({ ...errorNames(plan), ...options.schemas });
  const shared = shareResponses(components.extract(items as PathsObject));

  const builder = OpenApiBuilder.create().addOpenApiVersion('3.1.0');
  builder.addInfo({
    title: options.info?.title ?? plan.api.title,
    version: options.info?.version ?? plan.api.version,
    ...(plan.api.description === undefined ? {} : { description: plan.api.description }),
    ...options.info,
  });
  for (const server of options.servers ?? [{ url: plan.api.basePath === '' ? '/' : plan.api.basePath }]) {
    builder.addServer(server);
  }
  for (const tag of tagsOf(routes, options)) builder.addTag(tag);
  for (const [path, item] of Object.entries(shared.paths)) builder.addPath(path, item as PathItemObject);
  for (const [name, schema] of Object.entries(components.all)) builder.addSchema(name, schema as SchemaObject);
  for (const [name, response] of Object.entries(shared.responses))
    builder.addResponse(name, response as ResponseObject);
  for (const [name, header] of Object.entries(shared.headers)) builder.addHeader(name, header as HeaderObject);
  for (const [name, scheme] of Object.entries(schemes)) builder.addSecurityScheme(name, scheme);
  if (options.externalDocs !== undefined) builder.addExternalDocs(options.externalDocs);
  const groups = tagGroupsOf(routes, plan);
  const document = withoutEmpty({ ...builder.getSpec(), ...(groups.length === 0 ? {} : { 'x-tagGroups': groups }) });
  return options.version === '3.0' ? toOpenApi30(document) : document;
}

/** The routes that a document shows. */
export function documentedRoutes(plan: Plan, { include }: Pick<DocumentOptions, 'include'>): readonly PlannedRoute[] {
  return plan.routes.filter((route) => route.hidden !== true && (include === undefined || include(route)));
}

/** Names for the shapes of errors that have no title. */
function errorNames(plan: Plan): Readonly<Record<string, JsonSchema>> {
  const names: Record<string, JsonSchema> = {};
  for (const [mediaType, schema] of Object.entries(errorContent(plan))) {
    const name = mediaType === 'application/problem+json' ? 'Problem' : 'Error';
    names[typeof schema.title === 'string' ? schema.title : name] ??= schema;
  }
  return names;
}

/** The builder begins with every kind of component; those that stayed empty are left out. */
function withoutEmpty(document: OpenApiObject31): OpenApiObject31 {
  const { components = {}, webhooks = {}, ...rest } = document;
  const filled = Object.entries(components).filter(([, parts]) => Object.keys(parts as object).length > 0);
  return {
    ...rest,
    ...(Object.keys(webhooks).length === 0 ? {} : { webhooks }),
    ...(filled.length === 0 ? {} : { components: Object.fromEntries(filled) }),
  };
}
