import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { Validator } from '@seriousme/openapi-schema-validator';
import openapiTypes, { astToString } from 'openapi-typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonRpc } from '../json-rpc/index.ts';
import { openapiDocument } from './document.ts';
import { type OpenShop, openShop } from './fixtures/shop.ts';

const run = promisify(execFile);

describe.each([
  ['plain', undefined],
  ['json-rpc', jsonRpc()],
] as const)('the documents of an API with the envelope %s', (_name, envelope) => {
  let shop: OpenShop;
  beforeAll(async () => {
    shop = await openShop(envelope === undefined ? {} : { envelope });
  });
  afterAll(() => shop?.close());

  const info = { license: { name: 'MIT', identifier: 'MIT' } };
  const made = (version: '3.0' | '3.1') => openapiDocument(shop.api.plan, { version, info });

  it.each(['3.0', '3.1'] as const)('are valid OpenAPI %s', async (version) => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(JSON.parse(JSON.stringify(made(version))));
    expect(errors ?? []).toEqual([]);
    expect(valid).toBe(true);
    expect(validator.version).toBe(version);
  });

  it.each(['3.0', '3.1'] as const)('pass Redocly’s lint of OpenAPI %s', async (version) => {
    const rules = { 'operation-4xx-response': 'off', 'no-server-example.com': 'off' } as const;
    const config = await createConfig({ extends: ['spec', 'recommended'], rules });
    const problems = await lintFromString({ source: JSON.stringify(made(version)), config });
    const told = problems.map(
      ({ ruleId, severity, message, location }) => `${severity} ${ruleId}: ${message} ${location[0]?.pointer}`,
    );
    // `/article/tree` and `/article/{key}` are told apart by the router; `security` is empty where all is public.
    expect(told.filter((line) => !line.includes('no-ambiguous-paths'))).toEqual([]);
  });

  it.each(['3.0', '3.1'] as const)('become types that compile, from OpenAPI %s', async (version) => {
    const source = astToString(await openapiTypes(JSON.parse(JSON.stringify(made(version)))));
    const folder = await mkdtemp(join(tmpdir(), 'sallyport-openapi-'));
    try {
      const use =
        envelope === undefined
          ? `import type { components, operations, paths } from './api.ts';
export const created: components['schemas']['ArticleCreate'] = { slug: 'a', name: 'A', maker: { reference: 'Country/BE' } };
export const found: operations['article_search']['responses'][200]['content']['application/json'] = { data: [{ slug: 'a', note: null }] };
export type Patch = NonNullable<paths['/article/{key}']['patch']['requestBody']>['content']['application/merge-patch+json'];
// @ts-expect-error a patch is an object
export const patch: Patch = 'no';
`
          : `export type { paths } from './api.ts';\n`;
      await writeFile(join(folder, 'api.ts'), source);
      await writeFile(join(folder, 'use.ts'), use);
      const options = [
        '--noEmit',
        '--strict',
        '--skipLibCheck',
        'false',
        '--allowImportingTsExtensions',
        '--module',
        'nodenext',
      ];
      await run(process.execPath, [compiler(), ...options, join(folder, 'use.ts')], { cwd: folder }).catch((fault) => {
        throw new Error(String((fault as { stdout?: string }).stdout));
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

/** The compiler that openapi-typescript itself needs. */
function compiler(): string {
  const require = createRequire(import.meta.url);
  return join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
}
