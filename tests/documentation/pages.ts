import { existsSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

/** A fenced block of a page. */
export interface Block {
  readonly page: Page;
  /** Line of its first line of text. */
  readonly line: number;
  readonly language: string;
  /** The words behind the language: `check-only`, `server`, `output`. */
  readonly flags: ReadonlySet<string>;
  readonly text: string;
}

/** A page of Markdown. */
export interface Page {
  /** Below the root: `docs/reference/fields.md`. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  /** Anchors of its headings, as GitHub makes them. */
  readonly anchors: ReadonlySet<string>;
}

function blocksOf(page: Page): Block[] {
  const blocks: Block[] = [];
  let open: { fence: string; line: number; info: string; lines: string[] } | undefined;
  for (const [index, line] of page.text.split('\n').entries()) {
    const fence = /^(`{3,})\s*(.*)$/.exec(line);
    if (open === undefined) {
      if (fence !== null) open = { fence: fence[1] ?? '', line: index + 2, info: fence[2] ?? '', lines: [] };
    } else if (fence !== null && fence[1] === open.fence && fence[2] === '') {
      const [language = '', ...flags] = open.info.split(' ');
      blocks.push({ page, line: open.line, language, flags: new Set(flags), text: open.lines.join('\n') });
      open = undefined;
    } else {
      open.lines.push(line);
    }
  }
  return blocks;
}

function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  const prose = text.replace(/^(`{3,}).*\n(?:.*\n)*?\1$/gm, '');
  for (const [, heading = ''] of prose.matchAll(/^#{1,6} (.+)$/gm)) {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
    anchors.add(
      plain
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    );
  }
  return anchors;
}

export async function readPage(path: string): Promise<Page> {
  const text = await readFile(join(root, path), 'utf8');
  const page = { path, text, anchors: anchorsOf(text), blocks: [] as Block[] };
  page.blocks.push(...blocksOf(page));
  return page;
}

/** The pages whose code is run: the README, CONTRIBUTING and everything below `docs/`. */
export async function readPages(): Promise<readonly Page[]> {
  const paths = ['README.md', 'CONTRIBUTING.md'].filter((path) => existsSync(join(root, path)));
  for await (const path of glob('docs/**/*.md', { cwd: root })) paths.push(path);
  return Promise.all(paths.sort().map(readPage));
}
