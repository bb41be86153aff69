import { createServer } from 'node:http';
import { createNodeHandler } from '@sallyport/adapters/node';
import { announce } from './shared/announce.ts';
import { host, port } from './shared/config.ts';
import { createBenchmarkApi } from './shared/sallyport.ts';

const server = createServer(createNodeHandler(await createBenchmarkApi()));
server.listen(port, host, () => announce(server));
