import { readFile, writeFile } from 'node:fs/promises';

const file = new URL('../RESULTS.md', import.meta.url);
/** Stands between what the two benchmarks write into one file. */
const border = '\n<!-- Below: `npm run bench:registry`. Above: `npm run bench`. -->\n\n';

/** Writes the results of one benchmark, and leaves those of the other as they are. */
export async function writeResults(part: 'servers' | 'registry', text: string): Promise<void> {
  const [servers = '', registry = ''] = (await readFile(file, 'utf8').catch(() => '')).split(border);
  const parts = part === 'servers' ? [text, registry] : [servers, text];
  await writeFile(file, parts.filter((each) => each !== '').join(border));
}
