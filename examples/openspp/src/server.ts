import type { Server } from 'node:http';
import { expressAdapter } from '@sallyport/adapters/express';
import { fastifyAdapter } from '@sallyport/adapters/fastify';
import { koaAdapter } from '@sallyport/adapters/koa';
import { gracefulClose, serve, serverLimits } from '@sallyport/adapters/node';
import type { Api } from '@sallyport/core';
import type { Settings } from './settings.ts';

/** What is served: the API, which answers every address that is nobody else's, and the health checks beside it. */
export interface Served {
  readonly api: Api;
  readonly health: Api;
}

export interface Listening {
  readonly port: number;
  /** No new connections; requests in hand may take this long to finish. */
  close(timeoutMs: number): Promise<void>;
}

type Listen = (served: Served, where: Pick<Settings, 'host' | 'port'>) => Promise<Listening>;

const answering = { unmatched: 'answer' } as const;

const onFastify: Listen = async ({ api, health }, where) => {
  const { fastify } = await import('fastify');
  const app = fastify({ http: serverLimits(), forceCloseConnections: 'idle' });
  await app.register(fastifyAdapter(health));
  await app.register(fastifyAdapter(api, answering));
  await app.listen({ host: where.host, port: where.port });
  return {
    port: portOf(app.server),
    async close(timeoutMs) {
      await gracefulClose(app.server, { timeoutMs });
      await app.close();
    },
  };
};

const onExpress: Listen = async ({ api, health }, where) => {
  const { default: express } = await import('express');
  const app = express();
  app.use(expressAdapter(health));
  app.use(expressAdapter(api, answering));
  return served(app, where);
};

const onKoa: Listen = async ({ api, health }, where) => {
  const { default: Koa } = await import('koa');
  const app = new Koa();
  app.use(koaAdapter(health));
  app.use(koaAdapter(api, answering));
  return served(app.callback(), where);
};

async function served(listener: Parameters<typeof serve>[0], where: Pick<Settings, 'host' | 'port'>): Promise<Listening> {
  const running = await serve(listener, where);
  return { port: running.port, close: async (timeoutMs) => void (await running.close({ timeoutMs })) };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** The web frameworks that can carry the API: the same API on each. */
export const listenOn: Readonly<Record<Settings['server'], Listen>> = {
  fastify: onFastify,
  express: onExpress,
  koa: onKoa,
};
