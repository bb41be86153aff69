import type { MikroORM } from '@mikro-orm/core';
import {
  type Api,
  createApi,
  definePlugin,
  type Logger,
  type Outcome,
  StoreService,
  silentLogger,
} from '@sallyport/core';

const ok: Outcome = { kind: 'value', status: 200, value: { status: 'ok' } };

/** `/healthz` and `/readyz`: an API of its own at the root, outside the base path of the other. */
export function createHealth(orm: MikroORM, logger: Logger = silentLogger): Promise<Api> {
  const routes = definePlugin({
    name: 'openspp.health',
    routes: (_plan, { services }) => [
      { method: 'GET', path: '/healthz', name: 'health', scope: 'public', hidden: true, handle: () => ok },
      {
        method: 'GET',
        path: '/readyz',
        name: 'ready',
        scope: 'public',
        hidden: true,
        async handle() {
          await services.resolve(StoreService).ping();
          return ok;
        },
      },
    ],
  });
  return createApi({ name: 'health', orm, resources: [], plugins: [routes], logger });
}
