import { expressAdapter } from '@sallyport/adapters/express';
import express from 'express';
import { announce } from './shared/announce.ts';
import { host, port } from './shared/config.ts';
import { createBenchmarkApi } from './shared/sallyport.ts';

const app = express();
app.use(expressAdapter(await createBenchmarkApi()));
const server = app.listen(port, host, () => announce(server));
