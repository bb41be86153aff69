/**
 * A typed name of a service. Two tokens with the same description are the same service (the symbol is registered
 * globally), so that two copies of a package still meet.
 */
export interface ServiceToken<T> {
  readonly symbol: symbol;
  readonly description: string;
  /** Who registers it, for the error of an API where nobody has: ``the plugin `quotas()` of @acme/quotas``. */
  readonly broughtBy?: string;
  /** Only for the type: never set. */
  readonly '~service'?: T;
}

/**
 * Makes a token; `broughtBy` tells whoever has forgotten a plugin which one.
 *
 * @example const QuotaService = serviceToken<Quota>('acme.Quota', { broughtBy: 'the plugin `quotas()` of @acme/quotas' })
 */
export function serviceToken<T>(
  description: string,
  { broughtBy }: { readonly broughtBy?: string } = {},
): ServiceToken<T> {
  const symbol = Symbol.for(description);
  return Object.freeze(broughtBy === undefined ? { symbol, description } : { symbol, description, broughtBy });
}

/** What a plugin, hook or method sees of the container. Resolve at the start, not in each request. */
export interface Services {
  /** @throws ConfigurationError when nobody has registered the service; it names who brings it. */
  resolve<T>(token: ServiceToken<T>): T;
  has(token: ServiceToken<unknown>): boolean;
}

/** What plugins are given at the start to add or replace services. */
export interface ServiceRegistry extends Services {
  /** The last registration wins; the factory runs once, at its first use. */
  register<T>(token: ServiceToken<T>, factory: (services: Services) => T): void;
}
