import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Page, root } from './pages.ts';
import { callsOf } from './server.ts';

/** A module that the TypeScript blocks of a page make up. */
export interface Module {
  readonly page: Page;
  readonly name: string;
  readonly text: string;
  /**
   * `run`: executed, its output compared. `suite`: its tests are run. `check`: types only, or started as a server by the
   * page's shell blocks.
   */
  readonly use: 'run' | 'suite' | 'check';
}

/**
 * The modules of a page. A block that begins with `// file: name.ts` is that file, another that begins with an import
 * starts a module, and whatever does neither goes on with the module before it. On a page whose shell blocks call a
 * server, modules are not run by themselves.
 */
export function modulesOf(page: Page): readonly Module[] {
  const served = callsOf(page).length > 0;
  const modules: { name: string; lines: string[]; use: Module['use'] }[] = [];
  for (const block of page.blocks) {
    if (block.language !== 'ts') continue;
    const named = /^\/\/ file: (\S+)\n/.exec(block.text);
    const use = served || block.flags.has('check-only') ? 'check' : block.flags.has('suite') ? 'suite' : 'run';
    const last = modules.at(-1);
    if (last !== undefined && named === null && !block.text.startsWith('import ')) {
      last.lines.push(block.text);
    } else {
      const name = named?.[1] ?? `module-${modules.length + 1}.ts`;
      modules.push({ name, lines: [block.text], use: named !== null && use === 'run' ? 'check' : use });
    }
  }
  return modules.map(({ name, lines, use }) => ({ page, name, use, text: `${lines.join('\n\n')}\n\nexport {};\n` }));
}

/** The name of a page's folder: `reference-fields`. */
export function folderOf({ path }: Page): string {
  return path
    .replace(/^docs\//, '')
    .replace(/\.md$/, '')
    .replaceAll('/', '-')
    .toLowerCase();
}

/** The modules of some pages as files, where they find each other, the packages and the shop. */
export interface LaidOut {
  readonly folder: string;
  readonly fileOf: (module: Module) => string;
}

/** Writes modules into a folder of their own in `docs`, whose name begins with the prefix; others of that name go. */
export async function layOut(prefix: string, modules: readonly Module[]): Promise<LaidOut> {
  const docs = join(root, 'docs');
  // What an interrupted run has left behind.
  for (const name of await readdir(docs)) {
    if (name.startsWith(prefix)) await rm(join(docs, name), { recursive: true, force: true });
  }
  const folder = await mkdtemp(join(docs, prefix));
  const fileOf = (module: Module) => join(folder, folderOf(module.page), module.name);
  await writeFile(join(folder, 'shop.ts'), "export * from '../shop.ts';\n");
  for (const module of modules) {
    await mkdir(join(folder, folderOf(module.page)), { recursive: true });
    await writeFile(fileOf(module), module.text);
  }
  return { folder, fileOf };
}

/** Whether a text is what was expected, in which `…` stands for anything within a line. */
export function matches(expected: string, actual: string): boolean {
  const lines = expected.trimEnd().split('\n');
  const given = actual.trimEnd().split('\n');
  return (
    lines.length === given.length &&
    lines.every((line, index) => {
      const pattern = line
        .trimEnd()
        .split('…')
        .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
        .join('.*');
      return new RegExp(`^${pattern}$`).test((given[index] ?? '').trimEnd());
    })
  );
}
