import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningProgram, startProgram } from '@sallyport/adapters/testing';
import type { Bootstrap } from '../../../src/bootstrap/index.ts';

const program = new URL('../../../src/main.ts', import.meta.url);

/** The program of the example in a process of its own. */
export interface OpenSppProcess extends RunningProgram {
  readonly host: string;
  readonly port: number;
  /** `http://127.0.0.1:12345`. */
  readonly origin: string;
}

/** What is said to the program beyond what every test says. */
export interface OpenSppOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly bootstrap?: Bootstrap;
}

/** Signs the tokens of every server that a test starts. */
export const signingSecret = 'a-signing-secret-of-the-system-tests-0123456789-ABCDEFGH';

/** Set to nothing, as whoever runs the tests may have set them. */
const unset = {
  DATABASE_URL: '',
  REDIS_URL: '',
  OPENSPP_BOOTSTRAP: '',
  OPENSPP_SECRET_PEPPER: '',
  NODE_ENV: '',
  TRUST_PROXY: '',
  DEMO_DATA: '',
};

/** Serves the API on a free port, over an embedded database in memory unless `DATABASE_URL` says otherwise. */
export async function startOpenSpp({ environment = {}, bootstrap }: OpenSppOptions = {}): Promise<OpenSppProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'openspp-system-'));
  try {
    const file = join(folder, 'bootstrap.json');
    if (bootstrap !== undefined) await writeFile(file, JSON.stringify(bootstrap));
    const running = await startProgram(program, {
      arguments: ['serve'],
      environment: {
        ...unset,
        HOST: '127.0.0.1',
        PORT: '0',
        DATA_DIR: 'memory://',
        LOG_LEVEL: 'error',
        OPENSPP_JWT_SECRET: signingSecret,
        TOKEN_RATE_PER_MINUTE: '10000',
        TOKEN_RATE_PER_DAY: '100000',
        ...(bootstrap === undefined ? {} : { OPENSPP_BOOTSTRAP: file }),
        ...environment,
      },
      ready: /^Ready: (?<origin>http:\/\/(?<host>[^/:]+):(?<port>\d+))\//m,
    });
    const { origin = '', host = '', port } = running.told;
    return { ...running, origin, host, port: Number(port) };
  } finally {
    await rm(folder, { recursive: true });
  }
}
