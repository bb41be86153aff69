import type { BootstrapSummary } from '../bootstrap/index.ts';

/** One line for whoever runs the command. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** `3 individuals made, 1 kept`. */
export function describeSummary(summary: BootstrapSummary): string {
  const parts = Object.entries(summary)
    .filter(([, { made, kept }]) => made + kept > 0)
    .map(([list, { made, kept }]) => `${list} ${made} made${kept > 0 ? `, ${kept} kept` : ''}`);
  return parts.length === 0 ? 'nothing in it' : parts.join('; ');
}
