/** One server of the comparison. */
export interface Contender {
  /** The name in tables and in `BENCH_ONLY`. */
  readonly name: string;
  /** The server's file, from this folder. */
  readonly file: string;
  /** Options for Node itself, before the file. */
  readonly nodeOptions?: readonly string[];
  /** Variables that only this server gets. */
  readonly env?: Readonly<Record<string, string>>;
  /** What it is, in one line, for the report. */
  readonly about: string;
}

/** The contender that all ratios are against: it must be first, and it always runs. */
export const limit = 'hand-fastify';

/**
 * Options for a server that imports the workspace's packages: run their TypeScript sources, and take the ORM, the driver
 * and the frameworks from this folder's lockfile, so that they are the same for all.
 */
export const sallyportOptions: readonly string[] = [
  '--conditions=sallyport-source',
  '--import=./servers/shared/one-copy.ts',
];

/** All contenders, in the order of the report. Add one here, with its file in `servers/`; nothing else knows the list. */
export const contenders: readonly Contender[] = [
  {
    name: limit,
    file: 'servers/hand-fastify.ts',
    about: 'Fastify 5 and pg by hand: prepared statements, dates as text. The limit.',
  },
  {
    name: 'sallyport-fastify',
    file: 'servers/sallyport-fastify.ts',
    nodeOptions: sallyportOptions,
    about: 'Sallyport in Fastify 5.',
  },
  {
    name: 'sallyport-express',
    file: 'servers/sallyport-express.ts',
    nodeOptions: sallyportOptions,
    about: 'Sallyport in Express 5.',
  },
  {
    name: 'sallyport-koa',
    file: 'servers/sallyport-koa.ts',
    nodeOptions: sallyportOptions,
    about: 'Sallyport in Koa 3.',
  },
  {
    name: 'sallyport-node',
    file: 'servers/sallyport-node.ts',
    nodeOptions: sallyportOptions,
    about: 'Sallyport on bare node:http.',
  },
  {
    name: 'hand-express',
    file: 'servers/hand-express.ts',
    about: 'Express 5 and MikroORM 7 entities by hand: what a user would write.',
  },
  { name: 'remult', file: 'servers/remult.ts', about: 'Remult 3 with its PostgreSQL provider, on Express 5.' },
  { name: 'feathers', file: 'servers/feathers.ts', about: 'Feathers 5 with its knex adapter, on Koa.' },
  { name: 'nest', file: 'servers/nest.ts', about: 'NestJS 11 with @dataui/crud 5 and TypeORM 0.3, on Express 5.' },
];
