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
 * The schemes of the API's strategies. OAuth flows list the scopes that the routes ask for; no other scheme has a place for
 * what a scope means (OpenAPI 3.1 section 4.8.30.1 gives requirements names alone, 3.0 not even those), so their
 * descriptions do.
 *
 * @throws ConfigurationError when two strategies describe one scheme differently
 */
export function securitySchemesOf(
  plan: Plan,
  routes: readonly PlannedRoute[],
  { securitySchemes = {}, scopes: descriptions = {}, include }: DocumentOptions,
): SecuritySchemes {
  const schemes: Record<string, SecuritySchemeObject> = {};
  // What only calls inside others reach has no place of its own, but needs its scopes all the same.
  const inside = plan.routes.filter((route) => route.reach === 'inside' && (include === undefined || include(route)));
  const asked = [...new Set([...routes, ...inside].flatMap(({ requirement }) => [...requirement.scopes]))].sort();
  const told = plan.scopes.flatMap(({ name, description }): [string, string][] =>
    description === undefined ? [] : [[name, description]],
  );
  const texts = new Map([...told, ...Object.entries(descriptions)]);
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
  descriptions: ReadonlyMap<string, string>,
): SecuritySchemeObject {
  // Strategies describe their schemes in OpenAPI's terms.
  const scheme = definition as unknown as SecuritySchemeObject;
  if (scheme.type !== 'oauth2' || scheme.flows === undefined) return describing(scheme, asked, descriptions);
  const flows = Object.entries(scheme.flows as Readonly<Record<string, OAuthFlowObject>>).map(([name, flow]) => {
    const own = (flow.scopes ?? {}) as Readonly<Record<string, string>>;
    const scopes = Object.fromEntries(asked.map((scope) => [scope, descriptions.get(scope) ?? own[scope] ?? '']));
    return [name, { ...flow, scopes: { ...own, ...scopes } }];
  });
  return { ...scheme, flows: Object.fromEntries(flows) };
}

/** The scheme with a list of the scopes at the end of its description, where any of them has something to say. */
function describing(
  scheme: SecuritySchemeObject,
  asked: readonly string[],
  descriptions: ReadonlyMap<string, string>,
): SecuritySchemeObject {
  if (!asked.some((scope) => descriptions.has(scope))) return scheme;
  const lines = asked.map((scope) => {
    // On one line, as a list of Markdown wants it.
    const text = descriptions.get(scope)?.trim().replaceAll(/\s+/g, ' ');
    return `- \`${scope}\`${text === undefined ? '' : `: ${text}`}`;
  });
  const own = scheme.description === undefined ? '' : `${scheme.description}\n\n`;
  return { ...scheme, description: `${own}Scopes:\n\n${lines.join('\n')}` };
}

/**
 * Whether callers without credentials may call a route that asks for scopes: a strategy opens its resource to them, and
 * the scopes that they run with then are enough.
 */
export function isOpened({ requirement, subject }: PlannedRoute, { strategies }: Plan): boolean {
  return strategies.some(({ scheme, opens, openScopes }) => {
    if (scheme !== undefined || opens?.(subject?.resource.name) === false) return false;
    const held = openScopes?.();
    return held === undefined || requirement.alternatives.some((names) => names.every((name) => held.has(name)));
  });
}

/**
 * What an operation asks for: one requirement for each scheme and each set of scopes that the road lets through, and an
 * empty one where callers need no credentials.
 */
export function requirementsOf(route: PlannedRoute, schemes: SecuritySchemes, plan: Plan): SecurityRequirementObject[] {
  const { requirement } = route;
  if (requirement.open) return [];
  const needed = Object.keys(schemes).flatMap((name) =>
    requirement.alternatives.map((scopes) => ({ [name]: [...scopes] })),
  );
  return [...needed, ...(isOpened(route, plan) ? [{}] : [])];
}
