import type { ScopeLeave } from '../administration/client-administration.ts';
import { type CommandBench, takesUnknownFields, takesUnknownScopes } from './command-bench.ts';
import type { CommonOptions } from './run.ts';
import { mistake, readApis, readFieldLists, readLimits, readTime } from './values.ts';

/** `disable`, `enable`, `delete`, `rename`, `scopes`, and what of `apis`, `limits` and `expiry` clients have here. */
export function changeCommands(bench: CommandBench): void {
  const { changingOne, change, has } = bench;

  changingOne('disable', 'switch a client off; its tokens end').action((clientId: string, given: CommonOptions) =>
    change(given, clientId, async (administration) => {
      await administration.disable(clientId);
      return 'disabled';
    }),
  );

  changingOne('enable', 'switch a client on').action((clientId: string, given: CommonOptions) =>
    change(given, clientId, async (administration) => {
      await administration.enable(clientId);
      return 'enabled';
    }),
  );

  changingOne('delete', 'delete a client; its tokens end')
    .option('--yes', 'needed, as it cannot be undone')
    .action((clientId: string, given: CommonOptions & { readonly yes?: boolean }) =>
      change(given, clientId, async (administration) => {
        if (given.yes !== true) throw mistake('Deleting a client cannot be undone: say --yes, or disable it.');
        await administration.delete(clientId);
        return 'deleted';
      }),
    );

  changingOne('rename', 'give a client another name')
    .argument('<name>')
    .action((clientId: string, name: string, given: CommonOptions) =>
      change(given, clientId, async (administration) => {
        await administration.rename(clientId, name);
        return 'renamed';
      }),
    );

  scopesCommand(bench);
  if (has('fieldLists')) fieldsCommand(bench);
  if (has('apis')) apisCommand(bench);
  if (has('limits')) limitsCommand(bench);
  if (has('expiry')) expiryCommand(bench);
}

/** Options of commands that name scopes. */
interface ScopedOptions extends CommonOptions {
  readonly force?: boolean;
}

const leaveOf = ({ force = false }: ScopedOptions): ScopeLeave => (force ? { unknownScopes: true } : {});

function scopesCommand({ changingOne, change, has }: CommandBench): void {
  const scopes = changingOne('scopes', 'give a client these scopes and no others').argument('[scopes...]');
  if (has('unknownScopes')) scopes.option('--force', takesUnknownScopes);
  scopes
    .option('--none', 'take all scopes away')
    .action((clientId: string, names: readonly string[], given: ScopedOptions & { readonly none?: boolean }) =>
      change(given, clientId, async (administration) => {
        if ((given.none === true) === names.length > 0) throw mistake('Name scopes, or say --none.');
        await administration.setScopes(clientId, names, leaveOf(given));
        return names.length === 0 ? 'no scopes' : `scopes ${names.join(' ')}`;
      }),
    );
}

function fieldsCommand({ changingOne, change, has }: CommandBench): void {
  const fields = changingOne('fields', 'limit scopes of a client to some fields; without lists none is limited');
  fields
    .option('--force', has('unknownScopes') ? takesUnknownFields : 'take fields that the API does not have, too')
    .argument('[lists...]', 'such as partner:read=name,email')
    .action((clientId: string, lists: readonly string[], given: ScopedOptions) =>
      change(given, clientId, async (administration) => {
        await administration.setFieldLists(clientId, readFieldLists(lists), {
          ...(has('unknownScopes') ? leaveOf(given) : {}),
          ...(given.force === true ? { unknownFields: true } : {}),
        });
        return lists.length === 0 ? 'all fields' : `fields ${lists.join(' ')}`;
      }),
    );
}

function apisCommand({ changingOne, change }: CommandBench): void {
  changingOne('apis', 'let a client have tokens for these APIs and no others')
    .argument('[apis...]', 'such as shop, or shop=a:read,b:read with scopes of its own')
    .option('--every', 'for every API that knows the client')
    .action((clientId: string, apis: readonly string[], given: CommonOptions & { readonly every?: boolean }) =>
      change(given, clientId, async (administration) => {
        if ((given.every === true) === apis.length > 0) throw mistake('Name APIs, or say --every.');
        await administration.setApis(clientId, given.every === true ? undefined : readApis(apis));
        return given.every === true ? 'every API' : `APIs ${apis.join(' ')}`;
      }),
    );
}

function limitsCommand({ changingOne, change }: CommandBench): void {
  changingOne('limits', 'limit how often a client may call; without options as the API says')
    .option('--per-minute <count>')
    .option('--per-day <count>')
    .action((clientId: string, given: CommonOptions & { readonly perMinute?: string; readonly perDay?: string }) =>
      change(given, clientId, async (administration) => {
        const limits = readLimits(given);
        await administration.setLimits(clientId, limits);
        return limits === undefined ? 'limits of the API' : 'limits changed';
      }),
    );
}

function expiryCommand({ changingOne, change }: CommandBench): void {
  changingOne('expiry', 'say when a client ends')
    .argument('<time>', 'a day, a time with its offset, or never')
    .action((clientId: string, time: string, given: CommonOptions) =>
      change(given, clientId, async (administration) => {
        const expiresAt = readTime('time', time);
        await administration.setExpiry(clientId, expiresAt);
        return `ends ${expiresAt?.toISOString() ?? 'never'}`;
      }),
    );
}
