import type { HandleOptions, RequestHandler } from '@sallyport/core';
import type { FastifyInstance } from 'fastify';
import { createNodeHandler, type NodeListener } from './node-handler.ts';
import { guardedServer, type RunningServer, runningServer, type ServeOptions, serve, serveListener } from './serve.ts';

/** The web frameworks that can carry an API, and Node's own server. */
export const frameworks = ['fastify', 'express', 'koa', 'node'] as const;
export type Framework = (typeof frameworks)[number];

/**
 * Serves an API on the framework of one's choice, which is loaded when it is wanted. Of several APIs each answers the
 * addresses that are its own, and the last one all others. For a program that lets its operator choose; an application
 * that has an app of its own uses that framework's adapter.
 *
 * @example
 * ```ts
 * const running = await serveOn('koa', [health, api], { host: '0.0.0.0', port: 8080 });
 * ```
 * @see docs/reference/adapters.md#serve-on
 */
export async function serveOn(
  framework: Framework,
  served: RequestHandler | readonly [RequestHandler, ...RequestHandler[]],
  options: ServeOptions = {},
): Promise<RunningServer> {
  const apis: readonly [RequestHandler, ...RequestHandler[]] = 'handle' in served ? [served] : served;
  const last = apis.at(-1) ?? apis[0];
  const handling = (api: RequestHandler): HandleOptions => ({ unmatched: api === last ? 'answer' : 'pass' });
  switch (framework) {
    case 'fastify': {
      const [{ fastify }, { fastifyAdapter }] = await Promise.all([import('fastify'), import('./fastify.ts')]);
      const app = fastify({
        serverFactory: (listener) => guardedServer(listener, options),
        // The server's own listener answers; Fastify would answer beside it.
        clientErrorHandler: () => {},
      });
      for (const api of apis) await app.register(fastifyAdapter(api, handling(api)));
      return listenFastify(app, options);
    }
    case 'express': {
      const [{ default: express }, { expressAdapter }] = await Promise.all([import('express'), import('./express.ts')]);
      const app = express();
      for (const api of apis) app.use(expressAdapter(api, handling(api)));
      return serveListener(app, options);
    }
    case 'koa': {
      const [{ default: Koa }, { koaAdapter }] = await Promise.all([import('koa'), import('./koa.ts')]);
      const app = new Koa();
      for (const api of apis) app.use(koaAdapter(api, handling(api)));
      return serveListener(app.callback(), options);
    }
    case 'node': {
      const others = apis.slice(0, -1);
      if (others.length === 0) return serve(last, options);
      const listener = others.reduceRight<NodeListener>(
        (next, api) => createNodeHandler(api, { next }),
        createNodeHandler(last),
      );
      return serveListener(listener, options);
    }
  }
}

async function listenFastify(app: FastifyInstance, options: ServeOptions): Promise<RunningServer> {
  const { host = '127.0.0.1', port = 0 } = options;
  await app.listen({ host, port });
  return runningServer(app.server, host, () => app.close());
}
