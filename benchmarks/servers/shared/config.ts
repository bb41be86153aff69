/** What the harness tells a server through its environment. */

/** The address every server listens on: the load never leaves the machine. */
export const host = '127.0.0.1';

/** The port to listen on; 0 lets the system choose, and the ready line tells the harness which. */
export const port = Number(process.env.PORT ?? 0);

/** The benchmark's own database, as `harness/prepare.ts` made it. */
export const databaseUrl = process.env.DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/sallyport_bench';

/** Connections to PostgreSQL that a server may hold open. The same for all. */
export const poolSize = 10;
