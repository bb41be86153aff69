import { existsSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { BearerFault, type BearerFaultKind, bearerError, refusalReasons, tokenFaults } from '@sallyport/auth';
import { catalogue } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { type Page, readPage, readPages, root } from '../tests/documentation/pages.ts';

/** What the documentation points to is there, and what is made from the code is as the code says. */

const pages = await readPages();
const others: Page[] = [];
for await (const path of glob('{packages,examples}/*/README.md', { cwd: root })) others.push(await readPage(path));
const known = new Map<string, Page>([...pages, ...others].map((page) => [page.path, page]));

/** Why a link leads nowhere; `undefined` when it leads somewhere. */
async function fault(path: string, anchor: string | undefined): Promise<string | undefined> {
  if (!existsSync(join(root, path))) return `${path} is not there`;
  if (anchor === undefined || !path.endsWith('.md')) return undefined;
  const page = known.get(path) ?? (await readPage(path));
  return page.anchors.has(anchor) ? undefined : `${path} has no heading #${anchor}`;
}

describe('links', () => {
  it.each([...known.keys()])('%s', async (path) => {
    const text = (known.get(path)?.text ?? '').replace(/^(`{3,}).*\n(?:.*\n)*?\1$/gm, '');
    const faults: string[] = [];
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [file = '', anchor] = target.split('#');
      const wrong = await fault(file === '' ? path : normalize(join(dirname(path), file)), anchor);
      if (wrong !== undefined) faults.push(wrong);
    }
    expect(faults).toEqual([]);
  });

  it('of doc comments', async () => {
    const faults: string[] = [];
    for await (const file of glob('{packages,examples}/*/{src,testing,migrations}/**/*.ts', { cwd: root })) {
      const text = await readFile(join(root, file), 'utf8');
      for (const [, page = '', anchor] of text.matchAll(/\bdocs\/([a-z/-]+\.md)(?:#([a-z0-9-]+))?/g)) {
        const wrong = await fault(`docs/${page}`, anchor);
        if (wrong !== undefined) faults.push(`${file}: ${wrong}`);
      }
    }
    expect(faults).toEqual([]);
  });

  it('lead from the index to every page', () => {
    const index = known.get('docs/README.md')?.text ?? '';
    const unlisted = pages
      .map(({ path }) => path)
      .filter((path) => path.startsWith('docs/') && path !== 'docs/README.md')
      .filter((path) => !index.includes(`(${path.slice('docs/'.length)})`));
    expect(unlisted).toEqual([]);
  });
});

it('has the catalogue of errors as the code has it', () => {
  const rows = Object.entries(catalogue).map(([code, { status, title }]) => `| \`${code}\` | ${status} | ${title} |`);
  const table = ['| code | status | title |', '|---|---|---|', ...rows].join('\n');
  const page = known.get('docs/reference/errors.md')?.text ?? '';
  const printed = /<!-- catalogue:.*-->\n([\s\S]*?)<!-- \/catalogue -->/.exec(page)?.[1]?.trim();
  expect(printed).toBe(table);
});

describe('has the words of authentication as the code has them', () => {
  const table = (path: string, name: string) =>
    new RegExp(`<!-- ${name}:.*-->\\n([\\s\\S]*?)<!-- /${name} -->`).exec(known.get(path)?.text ?? '')?.[1]?.trim();

  it('faults of endpoints', () => {
    const rows = Object.entries(tokenFaults).map(
      ([code, { error, status, description }]) => `| \`${code}\` | \`${error}\` | ${status} | ${description} |`,
    );
    const head = ['| code | `error` | status | description |', '|---|---|---|---|'];
    expect(table('docs/reference/oauth-errors.md', 'token faults')).toBe([...head, ...rows].join('\n'));
  });

  it('faults of bearer tokens', () => {
    // The compiler keeps it complete.
    const kinds: Record<BearerFaultKind, string> = {
      malformed: '`invalid_request`',
      token_invalid: '`invalid_token`',
      token_expired: '`invalid_token`',
      token_client_missing: '`invalid_token`',
      client_unknown: '`invalid_token`',
      key_unusable: 'none',
    };
    const rows = Object.entries(kinds).map(([kind, challenge]) => {
      const { code, status } = bearerError(new BearerFault(kind as BearerFaultKind));
      return `| \`${kind}\` | \`${code}\` | ${status} | ${challenge} |`;
    });
    const head = ['| kind | code | status | `error` of the challenge |', '|---|---|---|---|'];
    expect(table('docs/reference/oauth-errors.md', 'bearer faults')).toBe([...head, ...rows].join('\n'));
  });

  it('reasons of refusals', () => {
    const listed = [...(table('docs/guides/foreign-jwt.md', 'reasons') ?? '').matchAll(/^\| `([a-z_]+)` \|/gm)];
    expect(listed.map(([, reason]) => reason)).toEqual(refusalReasons);
  });

  it('events', async () => {
    const source = await readFile(join(root, 'packages/auth/src/audit/auth-event.ts'), 'utf8');
    const types = [...source.matchAll(/^ {2}\| '([a-z.-]+)'/gm)].map(([, type]) => type);
    const listed = [...(table('docs/guides/audit.md', 'events') ?? '').matchAll(/^\| `([a-z.-]+)` \|/gm)];
    expect(types.length).toBeGreaterThan(20);
    expect(listed.map(([, type]) => type)).toEqual(types);
  });
});

it('names a test for each of the security requirements R1 to R50, and the test names it', async () => {
  const page = known.get('docs/reference/security-requirements.md')?.text ?? '';
  const rows = [...page.matchAll(/^\| (R\d+) \|.*\| ([^|]*) \|$/gm)];
  expect(rows.map(([, name]) => name)).toEqual(Array.from({ length: 50 }, (_, index) => `R${index + 1}`));
  for (const [, name = '', tests = ''] of rows) {
    const files = [...tests.matchAll(/\(\.\.\/\.\.\/([^)]+)\)/g)].map(([, file]) => file ?? '');
    expect(files.length, name).toBeGreaterThan(0);
    for (const file of files) {
      const titles = new RegExp(`['"\`][^'"\`\\n]*\\b${name}\\b`);
      expect(await readFile(join(root, file), 'utf8'), `${file} names no ${name}`).toMatch(titles);
    }
  }
});

it('has a line for every dependency', async () => {
  const needed = new Set<string>();
  for await (const file of glob('{packages,examples}/*/package.json', { cwd: root })) {
    const manifest = JSON.parse(await readFile(join(root, file), 'utf8')) as Record<string, Record<string, string>>;
    for (const kind of ['dependencies', 'peerDependencies', 'optionalDependencies']) {
      for (const name of Object.keys(manifest[kind] ?? {})) if (!name.startsWith('@sallyport/')) needed.add(name);
    }
  }
  const page = known.get('docs/dependencies.md')?.text ?? '';
  const listed = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name ?? '');
  expect({ missing: [...needed].filter((name) => !listed.includes(name)) }).toEqual({ missing: [] });
  expect({ gone: listed.filter((name) => !needed.has(name)) }).toEqual({ gone: [] });
});
