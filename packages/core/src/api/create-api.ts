import type { MikroORM } from '@mikro-orm/core';
import type { DependencyContainer } from 'tsyringe';
import type { ErrorWordings } from '../descriptor/errors.ts';
import type { ResourceDescriptor } from '../descriptor/resource.ts';
import { ConfigurationError } from '../errors/index.ts';
import { defaultRepresentation, type Representation } from '../fields/codec.ts';
import {
  createProxyTrust,
  createRouter,
  defaultLimits,
  type HttpLimits,
  type RequestHandler,
  type SecurityHeaderOptions,
  securityHeaders,
} from '../http/index.ts';
import type { KeyScheme } from '../keys/key.ts';
import { checkedCreates } from '../operations/create-checked.ts';
import { Records } from '../operations/records.ts';
import { searchPage } from '../operations/search.ts';
import { StreamsInHand } from '../operations/streams-in-hand.ts';
import type { Plan, PlannedRoute } from '../plan/plan.ts';
import type { ResourcePlan } from '../plan/resource-plan.ts';
import { compileResources, resourceNamed } from '../plan/resources.ts';
import { optionsOf, routesOf } from '../plan/routes.ts';
import { Validators } from '../plan/validator.ts';
import { orderPlugins } from '../plugin/order.ts';
import type { Plugin, PluginSetup } from '../plugin/plugin.ts';
import type { AuthenticationStrategy } from '../plugin/strategy.ts';
import { type ApiContext, type Strictness, strict } from '../road/api-context.ts';
import { compileRoute } from '../road/compiled-route.ts';
import type { Envelope } from '../road/envelope.ts';
import { loggable } from '../road/loggable.ts';
import { plainEnvelope } from '../road/plain-envelope.ts';
import type { QueryDialect } from '../road/query-dialect.ts';
import { rightsOf } from '../road/rights.ts';
import { createRoad } from '../road/road.ts';
import type { RouteDefinition } from '../road/route.ts';
import { standardQuery } from '../road/standard-query.ts';
import type { ApiScopes, PlannedScope } from '../scopes/api-scopes.ts';
import { ScopeCoverageService } from '../scopes/coverage.ts';
import { authenticated } from '../scopes/requirement.ts';
import type { ScopeVocabulary } from '../scopes/vocabulary.ts';
import {
  ClockService,
  createLogger,
  createServices,
  type Logger,
  LoggerService,
  type ServiceRegistry,
  StoreService,
  systemClock,
} from '../services/index.ts';
import { StartChecksService, startChecks } from '../services/start-checks.ts';
import { createStore, type StoreOptions } from '../store/index.ts';
import type { Store } from '../store/store.ts';
import { checkOptions } from './option-names.ts';
import { scopesOf } from './scope-names.ts';
import { type SystemAccess, systemAccess } from './system.ts';

/** What an API is made of. Only the ORM and the resources must be there. */
export interface ApiOptions {
  /** Name of the API: in logs, cursors and salts. Default `api`. */
  readonly name?: string;
  readonly title?: string;
  readonly version?: string;
  readonly description?: string;
  /** Where it is mounted: `/api/v1`. Default: the root. */
  readonly basePath?: string;
  readonly orm: MikroORM;
  /** How reads and writes go to the database. */
  readonly store?: Omit<StoreOptions, 'onEffectFailure'>;
  readonly resources: readonly ResourceDescriptor[];
  readonly plugins?: readonly Plugin[];
  /** Strategies beside those that plugins bring. */
  readonly auth?: readonly AuthenticationStrategy[];
  /** The scopes that there are; absent, each is what a descriptor or a plugin says, and stands for itself alone. */
  readonly scopes?: ScopeVocabulary;
  readonly envelope?: Envelope;
  readonly query?: QueryDialect;
  readonly representation?: Partial<Representation>;
  readonly strictness?: Partial<Strictness>;
  /** Wordings of errors for all resources. */
  readonly errors?: ErrorWordings;
  readonly limits?: Partial<HttpLimits>;
  /** Addresses and networks (CIDR) of proxies whose forwarding headers are believed. Default: none. */
  readonly trustedProxies?: readonly string[];
  readonly securityHeaders?: SecurityHeaderOptions;
  /** Default: pino on standard error. */
  readonly logger?: Logger;
  /** Registers or replaces services, after the plugins have. */
  readonly services?: (services: ServiceRegistry) => void;
  /** Parent of the API's container of services; tsyringe's root container by default. */
  readonly container?: DependencyContainer;
}

/** A running API: what adapters serve. */
export interface Api extends RequestHandler {
  readonly name: string;
  readonly plan: Plan;
  readonly services: ServiceRegistry;
  readonly store: Store;
  /** For the application's own work, outside of any request. */
  readonly system: SystemAccess;
  /** Stops plugins, in reverse order. The ORM is the application's to close. */
  close(): Promise<void>;
}

/** `/api/` → `/api`; the root is empty. @throws ConfigurationError when it is no path */
function baseOf(path: string): string {
  if (path === '' || path === '/') return '';
  if (!/^(\/[A-Za-z0-9._~$-]+)+\/?$/.test(path)) {
    throw new ConfigurationError('basePath', `"${path}" is not a path of plain segments that begins with a slash`);
  }
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

/**
 * Compiles descriptors and plugins into a plan and answers the API that runs it.
 *
 * @throws ConfigurationError with the path of the first contradiction: `resources.partner.fields.customer: …`; for an option
 * that there is none of; for a table that the API's stores need and the database has not
 * @see docs/guides/quickstart.md
 */
export async function createApi(options: ApiOptions): Promise<Api> {
  checkOptions(options);
  const name = options.name ?? 'api';
  const basePath = baseOf(options.basePath ?? '');
  const plugins = orderPlugins(options.plugins ?? []);
  const log = options.logger ?? createLogger({ name });
  const services = createServices(options.container);
  const store = createStore(options.orm, {
    ...options.store,
    onEffectFailure: (error) =>
      services.resolve(LoggerService).error({ err: loggable(error) }, 'an effect after a commit failed'),
  });
  services.register(ClockService, () => systemClock);
  services.register(LoggerService, () => log);
  services.register(StoreService, () => store);
  const scopes = scopesOf(options, name);
  services.register(ScopeCoverageService, () => scopes);
  const checks = startChecks();
  services.register(StartChecksService, () => checks);
  const setup: PluginSetup = { services, api: { name, basePath } };
  for (const plugin of plugins) plugin.services?.(setup);
  options.services?.(services);

  const representation: Representation = { ...defaultRepresentation, ...options.representation };
  const envelope = options.envelope ?? plainEnvelope();
  const strictness: Strictness = { ...strict, ...options.strictness };
  const resources = compileResources(options.resources, {
    models: store.models,
    orm: options.orm,
    representation,
    unknownProperties: strictness.unknownProperties,
    keyScheme: keySchemeOf(plugins, setup),
    scopes,
    plugins: new Set(plugins.map((plugin) => plugin.name)),
  });
  const given = [...strategiesOf(plugins, setup), ...(options.auth ?? [])];
  // Who lets callers in without credentials is asked when nobody has found any.
  const isLast = ({ opens, carries }: AuthenticationStrategy) => opens !== undefined && carries === undefined;
  const strategies = [...given.filter((one) => !isLast(one)), ...given.filter(isLast)];
  const dialect = plugins.reduce((inner, { query }) => query?.(inner) ?? inner, options.query ?? standardQuery());
  const validators = new Validators();
  const context: ApiContext = {
    name,
    basePath,
    envelope,
    dialect,
    representation,
    strictness,
    store,
    resources,
    records: (resource, call, reader) => new Records(resourceNamed(resources, resource), call, reader, context),
    search: (resource, call, more) => {
      // Policies have not been prepared for a route that is about no resource.
      if (call.resource === undefined) throw new Error('a route that searches says so by its `operation`');
      const searched = resourceNamed(resources, resource);
      return searchPage(searched, { ...optionsOf(searched, 'search'), ...more }, call, context);
    },
    create: checkedCreates(resources, strictness, validators),
    ...recordHooks(plugins),
    streams: new StreamsInHand(),
    rights: rightsOf(resources),
  };
  const routes: PlannedRoute[] = [...resources.values()].flatMap((resource) => routesOf(resource, context));
  const plan: Plan = {
    api: {
      name,
      basePath,
      title: options.title ?? name,
      version: options.version ?? '1.0.0',
      description: options.description,
    },
    resources,
    routes,
    get scopes() {
      return plannedScopes(scopes, routes);
    },
    envelope,
    dialect,
    strictness,
    errors: options.errors,
    strategies,
    plugins,
  };
  for (const plugin of plugins) {
    for (const route of plugin.routes?.(plan, setup) ?? []) {
      const requirement =
        route.scope === 'authenticated' ? authenticated : scopes.requirement(route.scope, `routes.${route.name}`);
      routes.push({ ...route, ...subjectOf(route, resources), requirement, definition: route });
    }
  }
  assertUniqueNames(routes);
  if (strategies.length === 0 && routes.some(({ requirement }) => !requirement.open)) {
    log.warn({ api: name }, 'routes need scopes, but no strategy recognises callers: nobody can call them');
  }
  const compiled = routes.map((route) => ({
    name: route.name,
    method: route.method,
    path: route.path,
    value: compileRoute(route, validators, strictness),
  }));
  const router = createRouter(
    compiled.filter(({ value }) => value.route.reach !== 'inside'),
    { trailingSlash: strictness.trailingSlash },
  );
  // Calls inside others reach resources and nothing else: no tokens, no documents, no bundles.
  const innerRouter = createRouter(compiled.filter(({ value }) => value.route.definition === undefined));
  Object.freeze(routes);
  await checks.run();
  for (const plugin of plugins) await plugin.start?.(plan, setup);
  const road = createRoad({
    api: context,
    router,
    innerRouter,
    reads: new Map(
      compiled.flatMap(({ value }) => {
        const { subject, definition } = value.route;
        return subject?.operation === 'read' && definition === undefined ? [[subject.resource.name, value]] : [];
      }),
    ),
    plugins,
    strategies,
    services,
    clock: services.resolve(ClockService),
    log: services.resolve(LoggerService),
    proxies: createProxyTrust(options.trustedProxies ?? []),
    limits: { ...defaultLimits, ...options.limits },
    headers: securityHeaders(options.securityHeaders),
    errors: options.errors,
  });
  return {
    ...road,
    name,
    plan: Object.freeze(plan),
    services,
    store,
    system: systemAccess(context, {
      services,
      clock: services.resolve(ClockService),
      log: services.resolve(LoggerService),
    }),
    async close() {
      for (const plugin of [...plugins].reverse()) await plugin.stop?.();
    },
  };
}

/** What a plugin's route is about, when it is another way to an operation. */
function subjectOf(
  { operation, name }: RouteDefinition,
  resources: ReadonlyMap<string, ResourcePlan>,
): Pick<PlannedRoute, 'subject'> {
  if (operation === undefined) return {};
  const resource = resources.get(operation.resource);
  if (resource === undefined || !resource.descriptor.operations[operation.name]) {
    throw new ConfigurationError(`routes.${name}.operation`, `there is no ${operation.name} of ${operation.resource}`);
  }
  const options = optionsOf(resource, operation.name);
  return { subject: { resource, operation: operation.name, name: operation.name, options } };
}

function keySchemeOf(plugins: readonly Plugin[], setup: PluginSetup): KeyScheme | undefined {
  const bringing = plugins.filter(({ keys }) => keys !== undefined);
  if (bringing.length > 1) {
    throw new ConfigurationError('plugins', `${bringing.map(({ name }) => name).join(' and ')} both mask keys`);
  }
  return bringing[0]?.keys?.(setup);
}

/** The hooks of plugins about records and writes, as operations call them. */
function recordHooks(plugins: readonly Plugin[]): Pick<ApiContext, 'shown' | 'partShown' | 'beforeCommit'> {
  const shown = plugins.flatMap(({ hooks }) => (hooks?.shown === undefined ? [] : [hooks.shown]));
  const partShown = plugins.flatMap(({ hooks }) => (hooks?.partShown === undefined ? [] : [hooks.partShown]));
  const beforeCommit = plugins.flatMap(({ hooks }) => (hooks?.beforeCommit === undefined ? [] : [hooks.beforeCommit]));
  return {
    shown:
      shown.length === 0
        ? undefined
        : (call, record) => {
            for (const hook of shown) hook(call, record);
          },
    async partShown(call) {
      for (const hook of partShown) await hook(call);
    },
    async beforeCommit(unit, call) {
      for (const hook of beforeCommit) await hook(unit, call);
    },
  };
}

/** What a vocabulary has, or what routes ask for that documents show. */
function plannedScopes({ all }: ApiScopes, routes: readonly PlannedRoute[]): readonly PlannedScope[] {
  if (all !== undefined) return all;
  const asked = routes.flatMap(({ hidden, requirement }) => (hidden === true ? [] : [...requirement.scopes]));
  return [...new Set(asked)].sort().map((name) => ({ name, description: undefined }));
}

function strategiesOf(plugins: readonly Plugin[], setup: PluginSetup): readonly AuthenticationStrategy[] {
  return plugins.flatMap(({ strategies = [] }) => (typeof strategies === 'function' ? strategies(setup) : strategies));
}

function assertUniqueNames(routes: readonly PlannedRoute[]): void {
  const seen = new Set<string>();
  for (const { name } of routes) {
    if (seen.has(name)) throw new ConfigurationError(`routes.${name}`, 'there are two routes of this name');
    seen.add(name);
  }
}
