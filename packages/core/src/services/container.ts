import 'reflect-metadata';
import { type DependencyContainer, instanceCachingFactory, container as root } from 'tsyringe';
import { ConfigurationError } from '../errors/index.ts';
import type { ServiceRegistry, ServiceToken } from './services.ts';

/**
 * The services of one API: a child of tsyringe's root container, so that an application that uses tsyringe itself can
 * register services there and a test can replace them for one API only.
 */
export function createServices(parent: DependencyContainer = root): ServiceRegistry {
  const container = parent.createChildContainer();
  const registry: ServiceRegistry = {
    resolve<T>(token: ServiceToken<T>): T {
      if (!container.isRegistered(token.symbol, true)) {
        const { description, broughtBy = 'a plugin' } = token;
        throw new ConfigurationError(
          `services.${description}`,
          `nobody has registered this service; ${broughtBy} brings it, or \`services\` of createApi`,
        );
      }
      return container.resolve<T>(token.symbol);
    },
    has: (token) => container.isRegistered(token.symbol, true),
    register<T>(token: ServiceToken<T>, factory: (services: ServiceRegistry) => T): void {
      container.register<T>(token.symbol, { useFactory: instanceCachingFactory(() => factory(registry)) });
    },
  };
  return registry;
}
