import { koaAdapter } from '@sallyport/adapters/koa';
import Koa from 'koa';
import { announce } from './shared/announce.ts';
import { host, port } from './shared/config.ts';
import { createBenchmarkApi } from './shared/sallyport.ts';

const app = new Koa();
app.use(koaAdapter(await createBenchmarkApi()));
const server = app.listen(port, host, () => announce(server));
