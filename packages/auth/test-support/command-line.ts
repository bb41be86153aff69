import { Command, CommanderError } from 'commander';
import { type ClientsCommandOptions, clientsCommand } from '../src/cli/index.ts';
import { later } from './calls.ts';

/** What a command has said, and its exit code. */
export interface Ran {
  readonly output: string;
  readonly errors: string;
  readonly code: number;
}

/** Runs a line of a program that has nothing but `clients`. */
export async function runLine(
  line: readonly string[],
  options: Omit<ClientsCommandOptions, 'output' | 'clock'>,
): Promise<Ran> {
  const said = { output: '', errors: '', code: 0 };
  const program = new Command('shop').exitOverride().configureOutput({
    writeOut: (text) => {
      said.output += text;
    },
    writeErr: (text) => {
      said.errors += text;
    },
  });
  const clients = clientsCommand(program, {
    ...options,
    clock: { now: () => later(100) },
    output: {
      write: (text) => {
        said.output += text;
      },
      complain: (text) => {
        said.errors += text;
      },
      exit: (code) => {
        said.code = code;
      },
    },
  });
  for (const command of clients.commands) command.copyInheritedSettings(program);
  try {
    await program.parseAsync(['clients', ...line], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    said.code = error.exitCode;
  }
  return said;
}
