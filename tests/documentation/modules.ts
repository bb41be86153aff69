import type { Page } from './pages.ts';
import { callsOf } from './server.ts';

/** A module that the TypeScript blocks of a page make up. */
export interface Module {
  readonly page: Page;
  readonly name: string;
  readonly text: string;
  /** `run`: executed, its output compared. `check`: types only, or started as a server by the page's shell blocks. */
  readonly use: 'run' | 'check';
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
    const use = served || block.flags.has('check-only') ? 'check' : 'run';
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
