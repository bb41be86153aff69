// Only its types: the program brings the package.
import type { Command } from 'commander';
import type { NewClient } from '../administration/client-administration.ts';
import { type CommandBench, takesUnknownScopes } from './command-bench.ts';
import { readKeyFile } from './key-file.ts';
import type { CommonOptions } from './run.ts';
import { issued } from './told.ts';
import { readApis, readAttributes, readDuration, readLimits, readTime } from './values.ts';

/** Options of `create` that a program adds, instead of `--attribute`. */
export interface CreateExtension {
  readonly options: (command: Command) => void;
  /** What they say of the new client. */
  readonly read: (values: Readonly<Record<string, unknown>>) => Pick<NewClient, 'attributes'>;
}

interface CreateOptions extends CommonOptions {
  readonly name: string;
  readonly id?: string;
  readonly scope: readonly string[];
  readonly expires?: string;
  readonly lifetime?: string;
  readonly api?: readonly string[];
  readonly perMinute?: string;
  readonly perDay?: string;
  readonly attribute?: readonly string[];
  readonly keys?: string;
  readonly force?: boolean;
  readonly test?: boolean;
}

/** `create`, with options for what clients have here. */
export function createCommand({ changing, has, run }: CommandBench, extension: CreateExtension = usualExtension): void {
  const create = changing('create', 'make a client; its secret is shown this once')
    .requiredOption('--name <name>')
    .option('--scope <scope...>', 'what it may do, such as partner:read', []);
  extension.options(create);
  if (has('ids')) create.option('--id <client-id>', 'made at random when absent');
  if (has('expiry')) create.option('--expires <time>', 'when it ends: a day, or a time with its offset');
  if (has('tokenLifetime')) create.option('--lifetime <duration>', 'of its tokens: 600s, 30m, 1h');
  if (has('apis')) create.option('--api <api...>', 'an API that it is for, such as shop, or shop=a:read,b:read');
  if (has('limits')) create.option('--per-minute <count>', 'calls').option('--per-day <count>', 'calls');
  if (has('unknownScopes')) create.option('--force', takesUnknownScopes);
  if (has('keys')) create.option('--keys <file>', 'its public keys, a JWK Set: it has no secret then');
  if (has('testSecrets')) create.option('--test', 'a secret with the prefix of tests');
  create.action((given: CreateOptions) =>
    run(given, async (administration) => {
      const client = { ...fieldsOf(given), ...extension.read({ ...given }) };
      if (given.keys !== undefined) {
        return issued(await administration.create({ ...client, jwks: await readKeyFile(given.keys) }));
      }
      return issued(await administration.create({ ...client, environment: given.test === true ? 'test' : 'live' }));
    }),
  );
}

const usualExtension: CreateExtension = {
  options: (command) => void command.option('--attribute <name=value...>', 'for policies', []),
  // commander gives a list for an option that may be there more than once.
  read: (values) => ({ attributes: readAttributes(values.attribute as readonly string[]) }),
};

/** What the options say of a client, besides its keys. */
function fieldsOf(given: CreateOptions): Omit<NewClient, 'environment' | 'jwks'> {
  const expiresAt = given.expires === undefined ? undefined : readTime('--expires', given.expires);
  const limits = readLimits(given);
  return {
    name: given.name,
    scopes: given.scope,
    ...(given.force === true ? { unknownScopes: true } : {}),
    ...(given.id === undefined ? {} : { clientId: given.id }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(given.lifetime === undefined ? {} : { tokenLifetimeSeconds: readDuration('--lifetime', given.lifetime) }),
    ...(given.api === undefined ? {} : { apis: readApis(given.api) }),
    ...(limits === undefined ? {} : { limits }),
  };
}
