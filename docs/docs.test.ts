import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderOf, layOut, type Module, matches, modulesOf } from '../tests/documentation/modules.ts';
import { readPages, root } from '../tests/documentation/pages.ts';
import { callsOf, programOf, runShell, startServer } from '../tests/documentation/server.ts';

/** Every block of code in the documentation is run, checked or parsed; CONTRIBUTING.md says by which conventions. */

const run = promisify(execFile);
const pages = await readPages();
const modules = pages.flatMap(modulesOf);

interface Result {
  readonly file: string;
  readonly printed: string;
  readonly error?: string;
}

let folder: string;
let fileOf: (module: Module) => string;
const results = new Map<string, Result>();

beforeAll(async () => {
  ({ folder, fileOf } = await layOut('.run-', modules));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

it('has types that hold', async () => {
  const files = modules.map((module) => relative(folder, fileOf(module)));
  const config = {
    extends: '../../tsconfig.json',
    compilerOptions: { noUnusedLocals: true },
    include: [],
    exclude: [],
    files,
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const said = await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.'], {
    cwd: folder,
  }).then(
    ({ stdout }) => stdout,
    (error: { stdout: string }) => error.stdout,
  );
  expect(said).toBe('');
});

describe('TypeScript that is run', () => {
  const runnable = modules.filter(({ use }) => use === 'run');

  beforeAll(async () => {
    const program = join(root, 'tests/documentation/run-modules.ts');
    const args = ['--conditions=sallyport-source', program, ...runnable.map(fileOf)];
    const { stdout } = await run(process.execPath, args, { cwd: folder, maxBuffer: 64 * 1024 * 1024 });
    for (const line of stdout.trim().split('\n')) {
      const result = JSON.parse(line) as Result;
      results.set(result.file, result);
    }
  });

  for (const page of pages) {
    const own = runnable.filter((module) => module.page === page);
    if (own.length === 0) continue;
    it(page.path, () => {
      const ran = own.map((module) => results.get(fileOf(module)));
      expect(ran.map((result) => result?.error).filter((error) => error !== undefined)).toEqual([]);
      const printed = ran.map((result) => result?.printed ?? '').join('');
      const expected = page.blocks
        .filter(({ language, flags }) => language === 'text' && flags.has('output'))
        .map(({ text }) => `${text}\n`)
        .join('');
      if (!matches(expected, printed)) expect(printed).toBe(expected);
    });
  }
});

describe('shell blocks', () => {
  for (const page of pages) {
    const calls = callsOf(page);
    if (calls.length === 0) continue;
    it(page.path, async () => {
      const started = programOf(page);
      if (started === undefined) throw new Error('the page calls a server and starts none');
      const program = started.program.startsWith('/') ? started.program : join(folder, folderOf(page), started.program);
      await using server = await startServer(program, started.args);
      const results = await runShell(calls, server);
      for (const [index, { printed, statuses }] of results.entries()) {
        const block = calls[index];
        const next = block && page.blocks[page.blocks.indexOf(block) + 1];
        const place = `${page.path}:${block?.line}`;
        if (next?.flags.has('output') && !matches(next.text, printed)) expect(printed, place).toBe(next.text);
        const refused = statuses.filter((status) => status >= 400);
        expect(refused.length > 0, `${place} was answered ${statuses}`).toBe(block?.flags.has('refused') ?? false);
      }
    });
  }

  it('name scripts that exist', async () => {
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { scripts: object };
    const blocks = pages.flatMap((page) => page.blocks).filter(({ language }) => language === 'sh');
    const named = blocks.flatMap(({ text }) =>
      [...text.matchAll(/\bnpm (?:run (?:--silent |-s )?(\S+)|(start|test)\b)/g)].map((match) => match[1] ?? match[2]),
    );
    expect(named.filter((name) => name === undefined || !Object.hasOwn(scripts, name))).toEqual([]);
  });
});

it('has JSON that parses', () => {
  for (const { page, line, language, text } of pages.flatMap(({ blocks }) => blocks)) {
    if (language === 'json') expect(() => JSON.parse(text), `${page.path}:${line}`).not.toThrow();
  }
});

it('names the language of every block', () => {
  const known = new Set(['ts', 'sh', 'json', 'text', 'nginx', 'ini', 'yaml', 'http', 'sql', 'dockerfile']);
  const blocks = pages.flatMap((page) => page.blocks);
  const unknown = blocks.filter(({ language }) => !known.has(language));
  expect(unknown.map(({ page, line, language }) => `${page.path}:${line} ${language}`)).toEqual([]);
});
