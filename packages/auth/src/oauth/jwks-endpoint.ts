import {
  ClockService,
  ConfigurationError,
  definePlugin,
  deriveEntityTag,
  type Outcome,
  type PlannedRoute,
  type Plugin,
  type PluginSetup,
  type ResponseDefinition,
  type RouteDefinition,
  SallyportError,
} from '@sallyport/core';
import type { JWK } from 'jose';
import { isAsymmetric } from '../keys/algorithms.ts';
import { publishedKeys } from '../keys/key-ring.ts';
import type { KeySet } from '../keys/key-set.ts';
import { BearerFault } from '../strategies/bearer-fault.ts';
import type { JwtTokenKind } from '../tokens/jwt.ts';
import { jwtKeySet } from '../tokens/jwt-keys.ts';
import type { AsymmetricJwtKeys } from '../tokens/jwt-options.ts';

/** Whose keys are published: those of kinds of token, or keys by themselves. */
export type JwksContent =
  | { readonly tokens: JwtTokenKind | readonly JwtTokenKind[] }
  | { readonly keys: AsymmetricJwtKeys | readonly AsymmetricJwtKeys[] };

export type JwksEndpointOptions = JwksContent & {
  /** Below the API's base path; default `/oauth/jwks`. */
  readonly path?: string;
  /** The name of plugin and route; default `oauth.jwks`. */
  readonly name?: string;
  /** For documents. */
  readonly tags?: readonly string[];
};

/** How long verifiers may keep the set: a new key is listed for at least this long before it signs. */
const maxAgeSeconds = 300;

/**
 * Publishes the public keys of tokens as a JWK Set (RFC 7517 section 5), for everybody, with an entity tag and five
 * minutes of caching. Secrets of HMAC are never among them, nor any private member: what leaves is made of the members
 * that RFC 7638 section 3.2 names, `kid`, `use` and `alg`. The next key is published from the moment it is listed.
 *
 * @throws ConfigurationError when the API starts and there is nothing to publish, or the keys are refused
 * @example jwksEndpoint({ tokens: jwtTokens({ algorithm: 'ES256', key: pem, issuer: 'https://example.org' }) })
 */
export function jwksEndpoint(options: JwksEndpointOptions): Plugin {
  const name = options.name ?? 'oauth.jwks';
  const connected = new WeakMap<object, readonly KeySet[]>();
  return definePlugin({
    name,
    routes: (_plan, setup) => {
      const sets = setsOf(options, setup);
      connected.set(setup.services, sets);
      const route: RouteDefinition = {
        method: 'GET',
        path: options.path ?? '/oauth/jwks',
        name,
        scope: 'public',
        envelope: 'none',
        summary: 'Read the public keys',
        description: 'The public keys that access tokens of this server verify with.',
        tags: options.tags ?? ['oauth'],
        responses,
        handle: async ({ now }) => outcome(await allKeys(sets, now)),
      };
      jwksRoutes.add(route);
      return [route];
    },
    async start(_plan, { services }) {
      const keys = await atStart(connected.get(services) ?? [], services.resolve(ClockService).now());
      if (keys.length === 0) {
        throw new ConfigurationError('jwksEndpoint', 'there is nothing to publish: no key of these has a public half');
      }
    },
  });
}

const jwksRoutes = new WeakSet<RouteDefinition>();

/** Whether the route publishes a JWK Set: what the `jwks_uri` of metadata points to (RFC 8414 section 2). */
export function isJwksRoute({ definition }: PlannedRoute): boolean {
  return definition !== undefined && jwksRoutes.has(definition);
}

function setsOf(options: JwksEndpointOptions, setup: PluginSetup): readonly KeySet[] {
  if ('tokens' in options) {
    return [options.tokens].flat().flatMap((kind) => (isAsymmetric(kind.algorithm) ? [kind.keys(setup)] : []));
  }
  return [options.keys].flat().map((keys, index) => {
    const path = `jwksEndpoint.keys[${index}]`;
    if (isAsymmetric(keys.algorithm)) return jwtKeySet(keys, setup, path);
    throw new ConfigurationError(`${path}.algorithm`, 'has no public keys');
  });
}

async function atStart(sets: readonly KeySet[], now: Date): Promise<readonly JWK[]> {
  try {
    return await read(sets, now);
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    throw cause instanceof ConfigurationError
      ? cause
      : new ConfigurationError('jwksEndpoint', 'there is nothing to publish: the keys could not be read');
  }
}

async function allKeys(sets: readonly KeySet[], now: Date): Promise<readonly JWK[]> {
  try {
    return await read(sets, now);
  } catch (cause) {
    if (cause instanceof BearerFault) throw new SallyportError('unavailable', { cause });
    throw cause;
  }
}

/** Two kinds of token may share a key: it is told once. */
async function read(sets: readonly KeySet[], now: Date): Promise<readonly JWK[]> {
  const rings = await Promise.all(sets.map((set) => set.at(now)));
  const byText = new Map(rings.flatMap((ring) => publishedKeys(ring, now)).map((key) => [JSON.stringify(key), key]));
  return [...byText.values()];
}

function outcome(keys: readonly JWK[]): Outcome {
  return {
    kind: 'value',
    status: 200,
    value: { keys },
    etag: deriveEntityTag([JSON.stringify(keys)]),
    headers: { 'cache-control': `public, max-age=${maxAgeSeconds}`, 'content-type': 'application/jwk-set+json' },
  };
}

const cached = {
  'Cache-Control': {
    description: 'How long the keys may be kept.',
    schema: { type: 'string', const: `public, max-age=${maxAgeSeconds}` },
  },
} as const;

const responses: Readonly<Record<number, ResponseDefinition>> = {
  200: {
    description: 'The public keys.',
    mediaType: 'application/jwk-set+json',
    headers: cached,
    schema: {
      type: 'object',
      required: ['keys'],
      properties: {
        keys: {
          type: 'array',
          items: {
            type: 'object',
            required: ['kty', 'kid', 'use', 'alg'],
            additionalProperties: false,
            properties: Object.fromEntries(
              ['kty', 'kid', 'use', 'alg', 'crv', 'x', 'y', 'n', 'e'].map((member) => [member, { type: 'string' }]),
            ),
          },
        },
      },
    },
  },
  304: { description: 'The caller has them already.', headers: cached },
  503: { description: 'The keys cannot be read at the moment.' },
};
