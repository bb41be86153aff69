import type { AuthenticationStrategy, Plan, PlannedRoute } from '@sallyport/core';
import { ConfigurationError } from '@sallyport/core';
import type { OAuthFlowObject, SecurityRequirementObject, SecuritySchemeObject } from 'openapi3-ts/oas31';
import type { DocumentOptions } from './options.ts';

export type SecuritySchemes = Readonly<Record<string, SecuritySchemeObject>>;

/** Whether the names of scopes may stand in a requirement of this scheme in every version of the specification. */
export function takesScopes({ type }: SecuritySchemeObject): boolean {
  return type === 'oauth2' || type === 'openIdConnect';
}

/**
 * The schemes of the API's strategies; OAuth flows list the scopes that the routes ask for.
 * @throws ConfigurationError when two strategies describe one scheme differently
 */
export function securitySchemesOf(
  plan: Plan,
  routes: readonly PlannedRoute[],
  { securitySchemes = {}, scopes: descriptions = {} }: DocumentOptions,
): SecuritySchemes {
  const schemes: Record<string, SecuritySchemeObject> = {};
  const asked = [...new Set(routes.flatMap(({ requirement }) => [...requirement.scopes]))].sort();
  const told = plan.scopes.flatMap(({ name, description }) => (description === undefined ? [] : [[name, description]]));
  const texts: Readonly<Record<string, string>> = { ...Object.fromEntries(told), ...descriptions };
  for (const { name: strategy, scheme } of plan.strategies as readonly AuthenticationStrategy[]) {
    if (scheme === undefined) continue;
    const made = withScopes(securitySchemes[scheme.name] ?? scheme.definition, asked, texts);
    const known = schemes[scheme.name];
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(made)) {
      throw new ConfigurationError(
        `strategies.${strategy}.scheme`,
        `another strategy describes "${scheme.name}" differently`,
      );
    }
    schemes[scheme.name] = made;
  }
  for (const [name, definition] of Object.entries(securitySchemes)) {
    schemes[name] ??= withScopes(definition, asked, texts);
  }
  return schemes;
}

function withScopes(
  definition: Readonly<Record<string, unknown>>,
  asked: readonly string[],
  descriptions: Readonly<Record<string, string>>,
): SecuritySchemeObject {
  // Strategies describe their schemes in OpenAPI's terms.
  const scheme = definition as unknown as SecuritySchemeObject;
  if (scheme.type !== 'oauth2' || scheme.flows === undefined) return scheme;
  const flows = Object.entries(scheme.flows as Readonly<Record<string, OAuthFlowObject>>).map(([name, flow]) => {
    const own = (flow.scopes ?? {}) as Readonly<Record<string, string>>;
    const scopes = Object.fromEntries(asked.map((scope) => [scope, descriptions[scope] ?? own[scope] ?? '']));
    return [name, { ...flow, scopes: { ...own, ...scopes } }];
  });
  return { ...scheme, flows: Object.fromEntries(flows) };
}

/**
 * What an operation asks for: one requirement for each scheme and each set of scopes that the road lets through, and an
 * empty one where a strategy takes callers without credentials.
 */
export function requirementsOf(
  { requirement, subject }: PlannedRoute,
  schemes: SecuritySchemes,
  plan: Plan,
): SecurityRequirementObject[] {
  if (requirement.open) return [];
  const open = plan.strategies.some(
    ({ scheme, opens }) => scheme === undefined && (opens === undefined || opens(subject?.resource.name)),
  )
    ? [{}]
    : [];
  const needed = Object.keys(schemes).flatMap((name) =>
    requirement.alternatives.map((scopes) => ({ [name]: [...scopes] })),
  );
  return [...needed, ...open];
}
