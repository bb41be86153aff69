import type { Clock } from '@sallyport/core';
import type { ClientDetails } from '../administration/client-administration.ts';
import type { CommandBench } from './command-bench.ts';
import type { CommonOptions } from './run.ts';
import { described, listed } from './told.ts';
import { readCount } from './values.ts';

/** As many as a directory is asked for at a time. */
const pageSize = 200;

/** `list` and `show`. */
export function readingCommands(
  { reading, run, has }: CommandBench,
  columns: (client: ClientDetails, now: Date) => readonly string[],
  clock: Clock,
): void {
  reading('list', 'list clients, one a line')
    .option('--limit <count>', 'as many at most; all when absent')
    .option('--after <client-id>', 'those behind this one')
    .action((given: CommonOptions & { readonly limit?: string; readonly after?: string }) =>
      run(given, async (administration) => {
        const most = given.limit === undefined ? Number.POSITIVE_INFINITY : readCount('--limit', given.limit);
        const found: ClientDetails[] = [];
        let next = given.after;
        do {
          const page = await administration.list({ after: next, limit: Math.min(pageSize, most - found.length) });
          found.push(...page.clients);
          next = page.next;
        } while (next !== undefined && found.length < most);
        const lines = listed(found.map((client) => columns(client, clock.now())));
        return { lines, json: next === undefined ? { clients: found } : { clients: found, next } };
      }),
    );

  reading('show', 'tell all of a client but its secrets')
    .argument('<client-id>')
    .action((clientId: string, given: CommonOptions) =>
      run(given, async (administration) => {
        const client = await administration.show(clientId);
        return { lines: described(client, clock.now(), has, administration.knowsFields), json: client };
      }),
    );
}
