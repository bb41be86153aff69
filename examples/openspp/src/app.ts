import type { MikroORM } from '@mikro-orm/core';
import { authAudit } from '@sallyport/auth';
import {
  type Api,
  type Clock,
  ClockService,
  createApi,
  createLogger,
  type Logger,
  StoreService,
} from '@sallyport/core';
import { type Extension, extensions } from '@sallyport/plugins/extensions';
import { openapi } from '@sallyport/plugins/openapi';
import { openSppAudit } from './audit.ts';
import { authentication } from './authentication.ts';
import { basePath } from './base-path.ts';
import { bundles } from './bundle.ts';
import { createClientStore } from './clients/client-store.ts';
import { keepRecipients } from './entities/index.ts';
import { openSppEnvelope } from './envelope.ts';
import { errorWordings, parameterFault } from './errors.ts';
import { exports } from './export.ts';
import { shippedExtensions } from './extensions/index.ts';
import { openSppFilters } from './filters/index.ts';
import { callLimits, databaseLimiters, type Limiters } from './limits.ts';
import { metadata } from './metadata.ts';
import { openSppQuery } from './query.ts';
import { RegistryService, registryOf } from './registry.ts';
import { resourcesOf } from './resources/index.ts';
import { responseHeaders } from './response-headers.ts';
import { scopes } from './scopes.ts';
import type { Settings } from './settings.ts';

/** The exact version of the API (contract §18). */
export const apiVersion = '2.0.0';
export { basePath };

/** What documents say of the API (contract §1). */
export const documentInfo = {
  info: {
    contact: { name: 'OpenSPP', url: 'https://openspp.org' },
    license: { name: 'LGPL-3.0', identifier: 'LGPL-3.0-or-later' },
  },
  tags: {
    OAuth: 'Tokens for programs (OAuth 2.0, client credentials).',
    Metadata: 'What the API can do.',
    Bundle: 'Many calls in one request.',
    Bulk: 'Many records in one answer.',
    Consent: 'What was consented to, its withdrawal, and what was seen by it.',
  },
} as const;

/** What of the settings the API itself looks at. */
export type ApiSettings = Pick<
  Settings,
  | 'tokenLifetimeSeconds'
  | 'tokenRatePerMinute'
  | 'tokenRatePerDay'
  | 'callLimits'
  | 'strictMembershipStates'
  | 'bodyLimitBytes'
  | 'trustProxy'
  | 'logLevel'
  | 'publicUrl'
  | 'dataControllerName'
  | 'dataControllerContact'
>;

/** The secrets of the program: what signs tokens, and what client secrets are peppered with, the newest first. */
export interface Secrets {
  readonly jwtSecret: string | undefined;
  readonly peppers: readonly string[];
}

export interface OpenSppOptions {
  readonly orm: MikroORM;
  readonly settings: ApiSettings;
  readonly secrets: Secrets;
  /** Whether other processes may serve the same database: rate limits are then shared through it. */
  readonly shared: boolean;
  /** Count instead of the database, or of the process where it is not shared. */
  readonly limiters?: Limiters | undefined;
  /** What deployments add to people and groups (contract §19), in place of the extensions that are shipped. */
  readonly extensions?: readonly Extension[];
  readonly logger?: Logger;
  readonly clock?: Clock;
}

/** The OpenSPP API V2 over an open database. The ORM stays the caller's to close. */
export async function createOpenSpp(options: OpenSppOptions): Promise<Api> {
  const { orm, settings, secrets, shared, clock } = options;
  const logger = options.logger ?? createLogger({ name: 'openspp', level: settings.logLevel });
  // Once for each ORM, however often an API is made over it.
  orm.em.getEventManager().registerSubscriber(keepRecipients);
  const limiters = options.limiters ?? databaseLimiters(orm, shared, logger);
  const api: Api = await createApi({
    name: 'openspp',
    title: 'OpenSPP API V2',
    version: apiVersion,
    description: 'Individuals, groups, programs and program memberships of a social registry.',
    basePath,
    orm,
    resources: resourcesOf({
      strictStates: settings.strictMembershipStates,
      extensions: options.extensions ?? shippedExtensions,
    }),
    scopes,
    envelope: openSppEnvelope(),
    errors: errorWordings,
    query: openSppQuery(),
    representation: { timestamp: { fraction: 6, suffix: 'Z' }, nulls: 'omit' },
    strictness: {
      unknownProperties: 'ignore',
      propertyNames: 'snake-case-too',
      unknownParameters: 'ignore',
      repeatedParameters: 'last',
      bodyBeforeCredentials: true,
      schemaBeforeScope: true,
      routesBeforeCredentials: true,
      entityTag: 'version',
      lenientIfMatch: true,
      trailingSlash: 'redirect',
    },
    limits: { body: settings.bodyLimitBytes },
    trustedProxies: settings.trustProxy,
    logger,
    plugins: [
      responseHeaders(apiVersion),
      ...authentication({
        ...secrets,
        tokenLifetimeSeconds: settings.tokenLifetimeSeconds,
        perMinute: settings.tokenRatePerMinute,
        perDay: settings.tokenRatePerDay,
        limiter: limiters.tokens,
        clients: (services) => createClientStore(services.resolve(StoreService), orm, () => api.system.call('client')),
      }),
      authAudit(),
      openSppAudit(),
      ...(settings.callLimits ? [callLimits(limiters.calls)] : []),
      metadata(),
      extensions({
        parameterFault: (filter, { type: resource }) => parameterFault('filter_unknown', { resource, filter }),
      }),
      openSppFilters(),
      bundles(),
      exports(),
      openapi({
        ...documentInfo,
        paths: { docs: '/docs', redoc: '/redoc' },
      }),
    ],
    services: (services) => {
      services.register(RegistryService, () => registryOf(settings));
      if (clock !== undefined) services.register(ClockService, () => clock);
    },
  });
  return api;
}
