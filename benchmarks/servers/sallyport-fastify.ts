import { fastifyAdapter } from '@sallyport/adapters/fastify';
import Fastify from 'fastify';
import { announce } from './shared/announce.ts';
import { host, port } from './shared/config.ts';
import { createBenchmarkApi } from './shared/sallyport.ts';

const app = Fastify();
await app.register(fastifyAdapter(await createBenchmarkApi()));
await app.listen({ host, port });
announce(app.server);
