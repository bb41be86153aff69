import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { PostmanCollection } from '@sallyport/plugins/postman';
import type { OpenAPIObject } from 'openapi3-ts/oas31';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { base } from './requests/request.ts';
import { bootstrap, clientSecret, nationalId } from './support/bootstrap.ts';
import { anonymous } from './support/caller.ts';
import { playCollection } from './support/play-collection.ts';
import { type OpenSppProcess, startOpenSpp } from './support/start-openspp.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const consent = '0b3f4a46-6c1e-4d7e-9c1b-3f6f4d0c7a21';

/** Runs the command line; answers what it prints, or writes where it is told to. */
async function openspp(...words: readonly string[]): Promise<string> {
  const command = ['--conditions=sallyport-source', main, ...words];
  const env = { ...process.env, DATABASE_URL: '', DATA_DIR: 'memory://', REDIS_URL: '', PUBLIC_URL: '' };
  return (await promisify(execFile)(process.execPath, command, { env, maxBuffer: 64 * 1024 * 1024 })).stdout;
}

describe('openspp postman', () => {
  let server: OpenSppProcess;
  let folder: string;
  let collection: PostmanCollection;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'openspp-postman-'));
    const file = join(folder, 'collection.json');
    await openspp('postman', '--out', file);
    collection = JSON.parse(await readFile(file, 'utf8'));
    server = await startOpenSpp({
      bootstrap: {
        ...bootstrap,
        consents: [
          {
            id: consent,
            signatory: `Individual/${nationalId('NX-1')}`,
            status: 'given',
            recipients: ['Lakeside Relief Trust'],
            effectiveDate: '2026-01-01',
            scopes: [{ resourceType: 'individual', fieldAccess: 'all', purpose: 'service_delivery' }],
          },
        ],
      },
    });
  });
  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true });
  });

  it('holds every endpoint of the document, in a folder for each tag', async () => {
    const document: OpenAPIObject = JSON.parse((await anonymous(server).call('GET', '/openapi.json')).text);
    const operations = Object.values(document.paths ?? {}).flatMap((item) => Object.values(item));
    expect(collection.item.flatMap(({ item }) => item)).toHaveLength(operations.length);
    expect(collection.item.map(({ name }) => name).sort()).toEqual(
      (document.tags ?? []).map(({ name }) => name).sort(),
    );
    const known = Object.fromEntries(collection.variable.map(({ key, value }) => [key, value]));
    expect(known).toMatchObject({ base_url: `http://localhost:8069${base}`, client_id: '', client_secret: '' });
  });

  it('is played from the first request to the last, and again', async () => {
    const variables = {
      base_url: `${server.origin}${base}`,
      client_id: 'full',
      client_secret: clientSecret,
      consent,
    };
    for (const round of [1, 2]) {
      const { requests, failures } = await playCollection(collection, variables);
      expect(failures).toEqual([]);
      const refused = requests.filter(({ status }) => status < 200 || status >= 300);
      // A consent is withdrawn once.
      const once = ['Withdraw a consent'];
      expect(
        refused.filter(({ name }) => !once.includes(name)),
        `round ${round}`,
      ).toEqual([]);
      expect(requests.length).toBe(collection.item.flatMap(({ item }) => item).length);
    }
  });

  it('is told a wrong secret by the test of its first request', async () => {
    const variables = { base_url: `${server.origin}${base}`, client_id: 'full', client_secret: 'wrong' };
    const { requests, failures } = await playCollection(
      { ...collection, item: collection.item.slice(0, 1) },
      variables,
    );
    expect(requests.map(({ status }) => status)).toEqual([401]);
    expect(failures).toHaveLength(1);
  });
});

describe('openspp openapi', () => {
  it.each([
    ['3.0', /^3\.0\.\d$/],
    ['3.1', /^3\.1\.\d$/],
  ])('writes OpenAPI %s', async (version, form) => {
    const document = JSON.parse(await openspp('openapi', '--version', version)) as OpenAPIObject;
    expect(document.openapi).toMatch(form);
    expect(Object.keys(document.paths ?? {})).toContain('/Individual');
  });

  it('refuses a version that there is none of', async () => {
    await expect(openspp('openapi', '--version', '2.0')).rejects.toMatchObject({ code: 1 });
  });
});
