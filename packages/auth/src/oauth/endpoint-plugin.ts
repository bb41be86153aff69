import { definePlugin, type Plugin, type PluginSetup } from '@sallyport/core';
import { createTurnstile } from '../lib/turnstile.ts';
import {
  type ClientEndpoint,
  type ClientEndpointOptions,
  connectEndpoint,
  type EndpointForm,
  endpointRoute,
} from './client-endpoint.ts';
import { type KnownEndpoint, rememberEndpoint } from './known-endpoints.ts';

/** What tells one endpoint from another. */
export interface EndpointKind {
  readonly kind: KnownEndpoint['kind'];
  /** The name of plugin and route, and the path, where the options name none. */
  readonly name: string;
  readonly path: string;
  /** Scopes that the endpoint itself asks of callers. */
  readonly scopes?: readonly string[];
  /** Finds what it needs in an API, and makes the route that differs. @throws ConfigurationError */
  readonly connect: (endpoint: ClientEndpoint, setup: PluginSetup) => Omit<EndpointForm, 'path'>;
}

/** The plugin of an endpoint that clients authenticate at. */
export function endpointPlugin(options: ClientEndpointOptions, about: EndpointKind): Plugin {
  const { name = about.name, path = about.path } = options;
  return definePlugin({
    name,
    hooks: pacedBy(name),
    routes: (_plan, setup) => {
      const endpoint = connectEndpoint(`${about.kind}Endpoint`, name, options, setup);
      const route = endpointRoute(endpoint, { path, ...about.connect(endpoint, setup) });
      return [rememberEndpoint(route, about.kind, options, about.scopes)];
    },
  });
}

/** How many requests may begin in one turn of the event loop, and how many may wait for theirs. */
const pace = { perTurn: 2, queue: 2000 } as const;

/**
 * Spreads the requests of an endpoint over turns of the event loop, before their bodies are read: hundreds of guesses at
 * once do not hold up the calls of others.
 */
function pacedBy(name: string): NonNullable<Plugin['hooks']> {
  const turnstile = createTurnstile(pace.perTurn, pace.queue);
  return { admit: (call) => (call.operation === name ? turnstile.pass() : undefined) };
}
