import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/**
 * What is published, as whoever installs it meets it: built, packed, unpacked into a project of plain JavaScript. Each
 * package sees only what its manifest declares, so that a dependency that is missing there fails here.
 */

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');
const names = ['core', 'auth', 'adapters', 'plugins'] as const;

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, { readonly types: string; readonly default: string }>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

interface Packed {
  readonly manifest: Manifest;
  readonly files: readonly string[];
  readonly folder: string;
}

const packed = new Map<string, Packed>();
let project: string;

/** The folder of a package as the workspace has it, looked up the way Node does. */
function installed(name: string, from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(candidate)) return candidate;
    if (folder === dirname(folder)) throw new Error(`${name} is not installed`);
  }
}

async function link(name: string, from: string, into: string): Promise<void> {
  const place = join(into, 'node_modules', name);
  await mkdir(dirname(place), { recursive: true });
  await symlink(installed(name, from), place, 'dir');
}

async function node(...args: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, args, { cwd: project, env: { PATH: process.env.PATH } });
  return stdout;
}

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'sallyport-packages-'));
  // What a source that is gone has left in `dist` must not be packed.
  for (const name of names) await rm(join(root, 'packages', name, 'dist'), { recursive: true, force: true });
  await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', 'tsconfig.build.json'], {
    cwd: root,
  });
  const workspaces = names.map((name) => `--workspace=packages/${name}`);
  const { stdout } = await run('npm', ['pack', '--json', `--pack-destination=${project}`, ...workspaces], {
    cwd: root,
  });
  // A list in npm 10, a record by the packages' names in npm 12.
  const reports = Object.values(JSON.parse(stdout)) as { filename: string; name: string; files: { path: string }[] }[];
  for (const name of names) {
    const report = reports.find((candidate) => candidate.name === `@sallyport/${name}`);
    if (report === undefined) throw new Error(`npm pack says nothing of @sallyport/${name}`);
    const folder = join(project, 'node_modules', report.name);
    await mkdir(folder, { recursive: true });
    const tarball = join(project, report.filename.replace('@', '').replace('/', '-'));
    await run('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1']);
    const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
    packed.set(name, { manifest, files: report.files.map(({ path }) => path), folder });
    for (const needed of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
      // What is optional must not be missed.
      const optional = manifest.peerDependenciesMeta?.[needed]?.optional === true;
      if (!optional && !needed.startsWith('@sallyport/')) await link(needed, join(root, 'packages', name), folder);
    }
  }
  for (const needed of ['@mikro-orm/core', '@mikro-orm/pglite', '@types/node']) await link(needed, root, project);
  for (const needed of ['express', 'fastify', 'koa']) await link(needed, join(root, 'packages/adapters'), project);
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
});

afterAll(() => rm(project, { recursive: true, force: true }));

describe.each(names)('@sallyport/%s', (name) => {
  const subject = (): Packed => {
    const found = packed.get(name);
    if (found === undefined) throw new Error(`${name} was not packed`);
    return found;
  };

  it('holds compiled code and nothing else', () => {
    const wanted = /^(dist\/[a-z0-9/-]+\.(js|js\.map|d\.ts)|package\.json|LICENSE|README\.md)$/;
    const { files } = subject();
    expect(files.filter((file) => !wanted.test(file))).toEqual([]);
    expect(files.filter((file) => /(^|\/)(fixtures?|test-support)\/|\.(test|test-d|fixture)\./.test(file))).toEqual([]);
    expect(files).toContain('LICENSE');
  });

  it('has a file behind every export', () => {
    const { manifest, files } = subject();
    const missing = Object.values(manifest.exports).flatMap((target) =>
      [target.types, target.default].filter((file) => !files.includes(file.slice(2))),
    );
    expect(missing).toEqual([]);
  });

  it('loads in plain Node, export by export', async () => {
    const { manifest } = subject();
    // Suites for vitest load there only.
    const suites = ['adapters/testing', 'auth/testing'];
    const paths = Object.keys(manifest.exports).filter((path) => !suites.includes(`${name}${path.slice(1)}`));
    const specifiers = paths.map((path) => `${manifest.name}${path.slice(1)}`);
    const script = `for (const name of ${JSON.stringify(specifiers)}) {
      const module = await import(name);
      if (Object.keys(module).length === 0) throw new Error(name + ' exports nothing');
    }`;
    await expect(node('--input-type=module', '-e', script)).resolves.toBe('');
  });

  it('names no file of the sources in its code', async () => {
    const { files, folder } = subject();
    const naming: string[] = [];
    for (const file of files.filter((candidate) => candidate.endsWith('.js'))) {
      const text = await readFile(join(folder, file), 'utf8');
      if (/(?:from|import)\s*\(?['"]\.[^'"]*\.ts['"]/.test(text)) naming.push(file);
    }
    expect(naming).toEqual([]);
  });
});

it('serves an API from plain JavaScript, on every framework', async () => {
  await writeFile(join(project, 'main.js'), await readFile(join(import.meta.dirname, 'packages/consumer.js'), 'utf8'));
  const lines = (await node('main.js')).trim().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { call: 'create', status: 201, body: { id: 'ada', name: 'Ada' } },
    { call: 'search', status: 200, body: { data: [{ id: 'ada', name: 'Ada' }] } },
    ...['fastify', 'express', 'koa', 'node'].map((on) => ({ call: on, status: 200, body: { id: 'ada', name: 'Ada' } })),
  ]);
});

it('has types that a consumer can use', async () => {
  await writeFile(join(project, 'main.ts'), await readFile(join(import.meta.dirname, 'packages/consumer.ts'), 'utf8'));
  const tsc = relative(project, join(root, 'node_modules/typescript/bin/tsc'));
  const strict = ['--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', '--types', 'node'];
  const module = ['--target', 'es2024', '--module', 'nodenext', '--noEmit'];
  const said = await node(tsc, ...strict, ...module, 'main.ts').catch((error: { stdout: string }) => error.stdout);
  expect(said).toBe('');
});
