import { ConfigurationError, SallyportError, SettingError } from '@sallyport/core';
import { describe, expect, it, vi } from 'vitest';
import { bareFeatures } from '../../test-support/administration.ts';
import { runLine } from '../../test-support/command-line.ts';
import type { ClientAdministration } from '../administration/client-administration.ts';
import type { ClientsCommandOptions } from './clients-command.ts';
import { processOutput } from './run.ts';

describe('what goes wrong outside', () => {
  const failing = async (error: unknown) =>
    runLine(['list'], {
      open: () => Promise.reject(error),
    });

  it('is told without a stack, and without what a database repeats of a statement', async () => {
    const refusal = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const driver = new Error("insert into x values ('$hmac-sha256$k1$…') - no", { cause: refusal });
    expect(await failing(driver)).toEqual({
      output: '',
      errors: 'The database does not answer at this address (ECONNREFUSED)\n',
      code: 2,
    });
    const unavailable = new SallyportError('unavailable', { cause: driver });
    expect(await failing(unavailable)).toEqual({
      output: '',
      errors: 'The database does not answer at this address (ECONNREFUSED)\n',
      code: 2,
    });
    expect(await failing(new SallyportError('unavailable'))).toMatchObject({ code: 2 });
    expect(await failing('text')).toEqual({ output: '', errors: 'Something went wrong\n', code: 2 });
    expect(await failing(new SettingError('PORT', 'a number'))).toMatchObject({
      errors: 'PORT: expected a number\n',
      code: 1,
    });
    expect(await failing(new ConfigurationError('a.b', 'is wrong'))).toMatchObject({
      errors: 'a.b: is wrong\n',
      code: 1,
    });
  });

  it('does not swallow a secret: it is printed before anything is closed', async () => {
    const credentials = { clientId: 'c', secret: 's' };
    const create = async () => credentials;
    const administration = { create, as: () => administration } as unknown as ClientAdministration;
    const close = () => Promise.reject(new Error('pool is gone'));
    const ran = await runLine(['create', '--name', 'A'], { open: async () => ({ administration, close }) });
    expect(ran).toEqual({ output: 'client_id      c\nclient_secret  s\n', errors: 'Something went wrong\n', code: 2 });
  });

  it('leaves out what a directory has no place for, and takes options of the program', async () => {
    const create = vi.fn(async (_client: object) => ({ clientId: 'c', secret: 's' }));
    const administration = { create, as: () => administration } as unknown as ClientAdministration;
    const options: Omit<ClientsCommandOptions, 'output' | 'clock'> = {
      open: async () => ({ administration, close: async () => {} }),
      without: bareFeatures,
      create: {
        options: (command) => void command.requiredOption('--company <name>'),
        read: ({ company }) => ({ attributes: { company } }),
      },
    };
    for (const name of ['apis', 'limits', 'fields', 'keys', 'expiry']) {
      expect(await runLine([name, 'x'], options)).toMatchObject({
        code: 1,
        errors: expect.stringContaining('unknown command'),
      });
    }
    for (const option of [
      '--id',
      '--expires',
      '--lifetime',
      '--api',
      '--per-day',
      '--keys',
      '--attribute',
      '--force',
    ]) {
      const ran = await runLine(['create', '--name', 'A', '--company', 'Acme', option, 'x'], options);
      expect(ran).toMatchObject({ code: 1, errors: expect.stringContaining(`unknown option '${option}'`) });
    }
    expect(await runLine(['rotate', 'x', '--overlap', '1h'], options)).toMatchObject({ code: 1 });
    expect(await runLine(['scopes', 'x', 'a:read', '--force'], options)).toMatchObject({
      code: 1,
      errors: expect.stringContaining("unknown option '--force'"),
    });
    expect(await runLine(['create', '--name', 'A'], options)).toMatchObject({
      code: 1,
      errors: expect.stringContaining('--company'),
    });
    expect(await runLine(['create', '--name', 'A', '--company', 'Acme'], options)).toMatchObject({ code: 0 });
    expect(create.mock.calls).toEqual([
      [{ name: 'A', scopes: [], attributes: { company: 'Acme' }, environment: 'live' }],
    ]);
  });

  it('writes to the process where it is not told otherwise', () => {
    const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const err = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const before = process.exitCode;
    try {
      processOutput.write('a');
      processOutput.complain('b');
      processOutput.exit(2);
      expect([out.mock.calls, err.mock.calls, process.exitCode]).toEqual([[['a']], [['b']], 2]);
    } finally {
      process.exitCode = before;
      vi.restoreAllMocks();
    }
  });
});
