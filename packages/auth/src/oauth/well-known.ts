import {
  type Api,
  ConfigurationError,
  definePlugin,
  type JsonSchema,
  type Plan,
  type Plugin,
  type RouteDefinition,
} from '@sallyport/core';
import { knownEndpoint } from './known-endpoints.ts';

/** The documents that stand at well-known addresses (RFC 8414, RFC 9728). */
export type WellKnownName = 'oauth-authorization-server' | 'oauth-protected-resource';

/** What both documents take. */
export interface WellKnownOptions {
  /** The APIs that are told of; the one that has the plugin when absent. For an API at the root that tells of others. */
  readonly of?: readonly Pick<Api, 'plan'>[];
  /** Instead of the scopes that the routes ask for; none at all when empty. */
  readonly scopes?: readonly string[];
  /** Accepts `http:` identifiers, for tests and development; the RFCs want `https:`. Default false. */
  readonly allowHttp?: boolean;
  /** How long the document may be kept by caches; default 300. */
  readonly maxAgeSeconds?: number;
  /** The name of plugin and route. */
  readonly name?: string;
  /** For documents. */
  readonly tags?: readonly string[];
}

/**
 * Where the document about an issuer or resource stands: the well-known segment comes between host and path (RFC 8414
 * section 3.1, RFC 9728 section 3.1).
 *
 * @throws ConfigurationError for an identifier that is no absolute URL
 */
export function wellKnownUrl(name: WellKnownName, identifier: string): string {
  const { origin, pathname } = checkedUrl(name, identifier, true);
  return `${origin}/.well-known/${name}${pathname.replace(/\/$/, '')}`;
}

/** An identifier without query and fragment, over TLS. @throws ConfigurationError that names `place` */
export function checkedUrl(place: string, text: string, allowHttp: boolean): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const secure = url?.protocol === 'https:' || (allowHttp && url?.protocol === 'http:');
  if (url === undefined || !secure || url.username !== '' || url.password !== '' || /[?#\s]/.test(text)) {
    throw new ConfigurationError(place, `"${text}" must be an https URL without credentials, query and fragment`);
  }
  return url;
}

/** The scopes of the APIs, and those that our endpoints among their routes ask for. */
export function scopesOf(plans: readonly Plan[]): readonly string[] {
  const scopes = new Set(plans.flatMap((plan) => plan.scopes.map(({ name }) => name)));
  for (const route of plans.flatMap(({ routes }) => routes)) {
    for (const scope of knownEndpoint(route)?.scopes ?? []) scopes.add(scope);
  }
  return [...scopes].sort();
}

interface WellKnownForm {
  /** The function of the options, for errors of configuration. */
  readonly place: string;
  readonly name: string;
  readonly url: string;
  readonly options: WellKnownOptions;
  readonly summary: string;
  readonly schema: JsonSchema;
  /** @throws ConfigurationError */
  readonly document: (plans: readonly Plan[]) => object;
}

/** Serves a document that is made once, when the plan is complete, and never from anything that a request says (R33). */
export function wellKnownPlugin({ place, name, url, options, summary, schema, document }: WellKnownForm): Plugin {
  const documents = new WeakMap<Plan, string>();
  const { maxAgeSeconds = 300, of } = options;
  if (!Number.isSafeInteger(maxAgeSeconds) || maxAgeSeconds < 0) {
    throw new ConfigurationError(`${place}.maxAgeSeconds`, 'must be a whole number of 0 or more');
  }
  const textOf = (plan: Plan): string => {
    const known = documents.get(plan);
    if (known !== undefined) return known;
    const text = JSON.stringify(document(of === undefined ? [plan] : of.map((api) => api.plan)));
    documents.set(plan, text);
    return text;
  };
  const headers = { 'Content-Type': 'application/json', 'Cache-Control': `public, max-age=${maxAgeSeconds}` };
  return definePlugin({
    name,
    routes: (plan, { api }): readonly RouteDefinition[] => [
      {
        method: 'GET',
        path: pathBelow(place, url, api.basePath),
        name,
        scope: 'public',
        envelope: 'none',
        summary,
        tags: options.tags ?? ['oauth'],
        responses: { 200: { description: summary, mediaType: 'application/json', schema } },
        handle: () => ({ kind: 'raw', status: 200, body: textOf(plan), headers }),
      },
    ],
    start: (plan) => {
      textOf(plan);
    },
  });
}

function pathBelow(place: string, url: string, basePath: string): string {
  const { pathname } = new URL(url);
  if (pathname.startsWith(`${basePath}/`)) return pathname.slice(basePath.length);
  throw new ConfigurationError(
    place,
    `the document stands at ${pathname}, outside of ${basePath}: give the plugin to an API at the root, with "of"`,
  );
}
