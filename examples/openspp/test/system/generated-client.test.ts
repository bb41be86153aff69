import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { Validator } from '@seriousme/openapi-schema-validator';
import openapiTypes, { astToString } from 'openapi-typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { base } from './requests/request.ts';
import { bootstrap, clientSecret } from './support/bootstrap.ts';
import { type OpenSppProcess, startOpenSpp } from './support/start-openspp.ts';

const run = promisify(execFile);
const versions = ['3.0', '3.1'] as const;

describe('the documents of a running server', () => {
  let server: OpenSppProcess;
  const documents = new Map<string, string>();
  const document = (version: string) => documents.get(version) ?? '';
  beforeAll(async () => {
    server = await startOpenSpp({ bootstrap });
    for (const version of versions) {
      const response = await fetch(`${server.origin}${base}/openapi.json?version=${version}`);
      documents.set(version, await response.text());
    }
  });
  afterAll(() => server?.stop());

  it.each(versions)('are valid OpenAPI %s', async (version) => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(JSON.parse(document(version)));
    expect(errors ?? []).toEqual([]);
    expect([valid, validator.version]).toEqual([true, version]);
  });

  it.each(versions)('pass Redocly’s lint of OpenAPI %s', async (version) => {
    const config = await createConfig({ extends: ['spec', 'recommended'] });
    const problems = await lintFromString({ source: document(version), config });
    const told = problems.map(
      ({ ruleId, severity, message, location }) => `${severity} ${ruleId}: ${message} ${location[0]?.pointer}`,
    );
    expect(told).toEqual([]);
  });

  it('become a client that compiles and makes the calls of the quickstart', async () => {
    // Where the packages that the client imports are found, and nothing else looks.
    const modules = join(import.meta.dirname, '../../node_modules');
    await mkdir(modules, { recursive: true });
    const folder = await mkdtemp(join(modules, '.generated-client-'));
    try {
      await writeFile(join(folder, 'api.ts'), astToString(await openapiTypes(document('3.1'))));
      await writeFile(join(folder, 'client.ts'), client);
      const tsc = [compiler(), '-p', 'tsconfig.json'];
      await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
      await run(process.execPath, tsc, { cwd: folder }).catch((fault: { stdout?: string }) => {
        throw new Error(String(fault.stdout));
      });
      const { quickstart } = (await import(pathToFileURL(join(folder, 'out', 'client.js')).href)) as Generated;
      expect(await quickstart(`${server.origin}${base}`, 'full', clientSecret)).toEqual({
        found: ['Okello'],
        made: 'Ada Birungi',
        household: 1,
        enrolled: 'enrolled',
        refused: 'individual_not_found',
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

interface Generated {
  quickstart(baseUrl: string, clientId: string, clientSecret: string): Promise<unknown>;
}

const compilerOptions = {
  target: 'es2022',
  lib: ['es2022', 'dom', 'dom.iterable'],
  types: [],
  module: 'nodenext',
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  allowImportingTsExtensions: true,
  rewriteRelativeImportExtensions: true,
  outDir: 'out',
};

/** What somebody writes who has read the quickstart. */
const client = `import createClient from 'openapi-fetch';
import type { components, paths } from './api.ts';

const nationalId = 'urn:openspp:vocab:id-type#national_id';

export async function quickstart(baseUrl: string, clientId: string, clientSecret: string) {
  const open = createClient<paths>({ baseUrl });
  const issued = await open.POST('/oauth/token', {
    body: { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret },
  });
  if (issued.data === undefined) throw new Error(JSON.stringify(issued.error));
  const api = createClient<paths>({ baseUrl, headers: { authorization: \`Bearer \${issued.data.access_token}\` } });

  const statement = await api.GET('/metadata');
  if (statement.response.status !== 200) throw new Error('no capability statement');

  const search = await api.GET('/Individual', { params: { query: { name: 'tessa', _count: 5, _sort: '-birthdate' } } });
  if (search.data === undefined) throw new Error(JSON.stringify(search.error));
  const found = search.data.data.map((person) => person.name?.family);

  const body: components['schemas']['IndividualCreate'] = {
    identifier: [{ system: nationalId, value: 'QS-1' }],
    name: { given: 'Ada', family: 'Birungi' },
    birthDate: '2001-02-14',
  };
  const created = await api.POST('/Individual', { body });
  if (created.data === undefined) throw new Error(JSON.stringify(created.error));

  const key = \`\${nationalId}|QS-1\`;
  const read = await api.GET('/Individual/{key}', { params: { path: { key } } });
  const etag = read.response.headers.get('etag') ?? '';
  const patched = await api.PATCH('/Individual/{key}', {
    params: { path: { key }, header: { 'If-Match': etag } },
    body: { birthDate: '2001-02-15' },
  });
  if (patched.data === undefined) throw new Error(JSON.stringify(patched.error));

  const member = [{ entity: { reference: \`Individual/\${key}\` } }];
  const identifier = [{ system: 'urn:openspp:vocab:id-type#household_id', value: 'QS-H' }];
  const group = await api.POST('/Group', { body: { identifier, name: 'Birungi household', member } });
  if (group.data === undefined) throw new Error(JSON.stringify(group.error));

  const enrolment = await api.POST('/ProgramMembership', {
    body: {
      program: { reference: 'Program/urn:openspp:program|school-meals' },
      beneficiary: { reference: \`Individual/\${key}\` },
      status: 'enrolled',
    },
  });
  if (enrolment.data === undefined) throw new Error(JSON.stringify(enrolment.error));

  const missing = await api.GET('/Individual/{key}', { params: { path: { key: \`\${nationalId}|nobody\` } } });
  return {
    found,
    made: created.data.name?.text,
    household: group.data.quantity,
    enrolled: enrolment.data.status,
    refused: missing.error?.code,
  };
}

// @ts-expect-error a person has no such property
export const wrong: components['schemas']['IndividualCreate'] = { identifier: [{ system: 1, value: 'x' }] };
`;

/** The compiler that openapi-typescript itself needs. */
function compiler(): string {
  const require = createRequire(import.meta.url);
  return join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
}
