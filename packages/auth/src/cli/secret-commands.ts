import type { CommandBench } from './command-bench.ts';
import { readKeyFile } from './key-file.ts';
import type { CommonOptions } from './run.ts';
import { issued } from './told.ts';
import { mistake, readDuration } from './values.ts';

interface KeepTokens extends CommonOptions {
  readonly keepTokens?: boolean;
}

interface RotateOptions extends KeepTokens {
  readonly overlap?: string;
  readonly endTokens?: boolean;
  readonly test?: boolean;
}

/** `rotate`, `revoke-secret` and `keys`. */
export function secretCommands({ changingOne, has, run, change }: CommandBench): void {
  const rotate = changingOne('rotate', 'give a client a new secret, shown this once');
  if (has('overlap')) rotate.option('--overlap <duration>', 'how long the old one goes on: 30m, 24h, 7d');
  if (has('tokenEnds')) {
    rotate.option('--keep-tokens', 'let its tokens live').option('--end-tokens', 'end its tokens');
  }
  if (has('testSecrets')) rotate.option('--test', 'a secret with the prefix of tests');
  rotate.action((clientId: string, given: RotateOptions) =>
    run(given, async (administration) => {
      const { overlap, keepTokens, endTokens, test } = given;
      if (keepTokens && endTokens) throw mistake('--keep-tokens and --end-tokens: only one of them');
      const { secret } = await administration.rotate(clientId, {
        ...(overlap === undefined ? {} : { overlapSeconds: readDuration('--overlap', overlap) }),
        ...(keepTokens || endTokens ? { keepTokens: keepTokens === true } : {}),
        environment: test ? 'test' : 'live',
      });
      return { lines: issued({ secret }).lines, json: issued({ clientId, secret }).json };
    }),
  );

  changingOne('revoke-secret', 'end one secret of a client now; show tells their ids')
    .argument('<secret-id>')
    .option('--keep-tokens', 'let its tokens live')
    .action((clientId: string, secretId: string, given: KeepTokens) =>
      change(given, clientId, async (administration) => {
        await administration.revokeSecret(clientId, secretId, { keepTokens: given.keepTokens === true });
        return 'the secret is ended';
      }),
    );

  if (!has('keys')) return;
  changingOne('keys', 'give a client these public keys and no others; without a file none')
    .argument('[file]', 'a JWK Set')
    .option('--end-secrets', 'take its secrets away')
    .option('--keep-tokens', 'let its tokens live')
    .action((clientId: string, file: string | undefined, given: KeepTokens & { readonly endSecrets?: boolean }) =>
      change(given, clientId, async (administration) => {
        const jwks = file === undefined ? undefined : await readKeyFile(file);
        const { endSecrets = false, keepTokens = false } = given;
        await administration.setKeys(clientId, jwks, { endSecrets, keepTokens });
        return jwks === undefined ? 'no keys' : 'keys changed';
      }),
    );
}
