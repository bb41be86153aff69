import { writeFile } from 'node:fs/promises';
import type { BootstrapSummary } from '../bootstrap/index.ts';

/** One line for whoever runs the command. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Writes a value as JSON to a file, or to standard output. */
export async function write(value: object, file: string | undefined): Promise<void> {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  if (file === undefined) process.stdout.write(text);
  else await writeFile(file, text);
}

/** `3 individuals made, 1 kept`. */
export function describeSummary(summary: BootstrapSummary): string {
  const parts = Object.entries(summary)
    .filter(([, { made, kept }]) => made + kept > 0)
    .map(([list, { made, kept }]) => `${list} ${made} made${kept > 0 ? `, ${kept} kept` : ''}`);
  return parts.length === 0 ? 'nothing in it' : parts.join('; ');
}
