import type { JsonSchema } from '@sallyport/core';
import {
  type InfoObject as InfoObject30,
  OpenApiBuilder,
  type OpenAPIObject as OpenApiObject30,
  type PathItemObject as PathItemObject30,
} from 'openapi3-ts/oas30';
import type { OpenAPIObject as OpenApiObject31, SecuritySchemeObject } from 'openapi3-ts/oas31';
import { toSchema30 } from './schema-30.ts';
import { takesScopes } from './security.ts';
import { isSchema, mapSchemas } from './walk.ts';

/** Methods whose bodies OpenAPI 3.0 says to ignore. */
const bodiless: ReadonlySet<string> = new Set(['get', 'head', 'delete']);

/** The document in terms of OpenAPI 3.0: its schemas translated, and what 3.0 has no word for left out. */
export function toOpenApi30(document: OpenApiObject31): OpenApiObject30 {
  const { info, servers = [], tags = [], paths = {}, components = {}, externalDocs } = document;
  const { securitySchemes = {}, schemas = {}, ...others } = components;
  const builder = OpenApiBuilder.create().addOpenApiVersion('3.0.3').addInfo(info30(info));
  for (const server of servers) builder.addServer(server);
  for (const tag of tags) builder.addTag(tag);
  for (const [path, item] of Object.entries(translated(paths))) {
    builder.addPath(path, pathItem30(item, securitySchemes as Readonly<Record<string, SecuritySchemeObject>>));
  }
  if (externalDocs !== undefined) builder.addExternalDocs(externalDocs);
  const { openapi, info: head, ...rest } = builder.getSpec();
  const parts = Object.entries({
    schemas: Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, toSchema30(schema)])),
    ...translated(others),
    securitySchemes,
  }).filter(([, part]) => Object.keys(part as object).length > 0);
  const extensions = Object.entries(document).filter(([name]) => name.startsWith('x-'));
  return {
    openapi,
    info: head,
    ...rest,
    components: Object.fromEntries(parts),
    ...Object.fromEntries(extensions),
  };
}

function translated<T>(parts: T): T {
  // Schemas are replaced by schemas: the type of what holds them stays.
  return mapSchemas(parts, (schema) => toSchema30(schema)) as T;
}

function info30({ license, ...info }: OpenApiObject31['info']): InfoObject30 {
  if (license === undefined) return info as InfoObject30;
  const { identifier, ...rest } = license;
  const url = rest.url ?? (identifier === undefined ? undefined : `https://spdx.org/licenses/${identifier}.html`);
  return { ...info, license: { ...rest, ...(url === undefined ? {} : { url }) } } as InfoObject30;
}

function pathItem30(item: object, schemes: Readonly<Record<string, SecuritySchemeObject>>): PathItemObject30 {
  const operations = Object.entries(item).map(([method, operation]) => {
    if (!isSchema(operation)) return [method, operation];
    const { requestBody, security, ...rest } = operation;
    return [
      method,
      {
        ...rest,
        ...(requestBody === undefined || bodiless.has(method) ? {} : { requestBody }),
        ...(security === undefined ? {} : { security: requirements30(security, schemes) }),
      },
    ];
  });
  return Object.fromEntries(operations) as PathItemObject30;
}

/** Only OAuth2 and OpenID Connect may name scopes in 3.0; what is the same without them is said once. */
function requirements30(
  security: unknown,
  schemes: Readonly<Record<string, SecuritySchemeObject>>,
): readonly JsonSchema[] {
  const requirements = new Map<string, JsonSchema>();
  for (const requirement of security as readonly Readonly<Record<string, readonly string[]>>[]) {
    const made = Object.fromEntries(
      Object.entries(requirement).map(([name, scopes]) => {
        const scheme = schemes[name];
        return [name, scheme !== undefined && takesScopes(scheme) ? scopes : []];
      }),
    );
    requirements.set(JSON.stringify(made), made);
  }
  return [...requirements.values()];
}
