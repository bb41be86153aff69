import type { AddressInfo } from 'node:net';
import type { RequestHandler } from '@sallyport/core';
import { type CloseOptions, gracefulClose } from './graceful-close.ts';
import { type RunningServer, type ServeOptions, serve, serverLimits } from './serve.ts';

/** The web frameworks that can carry an API, and Node's own server. */
export const frameworks = ['fastify', 'express', 'koa', 'node'] as const;
export type Framework = (typeof frameworks)[number];

/**
 * Serves an API alone on the framework of one's choice, which is loaded when it is wanted. For a program that lets its
 * operator choose; an application that has an app of its own uses that framework's adapter.
 *
 * @example
 * ```ts
 * const running = await serveOn('koa', api, { host: '0.0.0.0', port: 8080 });
 * ```
 * @see docs/reference/adapters.md#serve-on
 */
export async function serveOn(
  framework: Framework,
  api: RequestHandler,
  options: ServeOptions = {},
): Promise<RunningServer> {
  switch (framework) {
    case 'fastify':
      return serveFastify(api, options);
    case 'express': {
      const [{ default: express }, { expressAdapter }] = await Promise.all([import('express'), import('./express.ts')]);
      return serve(express().use(expressAdapter(api, { unmatched: 'answer' })), options);
    }
    case 'koa': {
      const [{ default: Koa }, { koaAdapter }] = await Promise.all([import('koa'), import('./koa.ts')]);
      return serve(new Koa().use(koaAdapter(api, { unmatched: 'answer' })).callback(), options);
    }
    case 'node':
      return serve(api, options);
  }
}

async function serveFastify(api: RequestHandler, options: ServeOptions): Promise<RunningServer> {
  const [{ fastify }, { fastifyAdapter }] = await Promise.all([import('fastify'), import('./fastify.ts')]);
  const { host = '127.0.0.1', port = 0, requestTimeout = 60_000, keepAliveTimeout = 65_000 } = options;
  const app = fastify({ http: serverLimits(options), requestTimeout, keepAliveTimeout });
  app.server.maxRequestsPerSocket = options.maxRequestsPerSocket ?? 10_000;
  await app.register(fastifyAdapter(api, { unmatched: 'answer' }));
  await app.listen({ host, port });
  const { address, port: actual, family } = app.server.address() as AddressInfo; // TCP: `host` and `port` were asked for.
  const close = async (closing?: CloseOptions) => {
    const report = await gracefulClose(app.server, closing);
    await app.close();
    return report;
  };
  return {
    server: app.server,
    host: address,
    port: actual,
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${actual}`,
    close,
    [Symbol.asyncDispose]: async () => void (await close()),
  };
}
