import { userInfo } from 'node:os';
import { ConfigurationError, SallyportError, SettingError } from '@sallyport/core';
import type { ClientAdministration } from '../administration/client-administration.ts';
import { printable, type Told } from './told.ts';

/** An administration that a command works with. */
export interface OpenedAdministration {
  readonly administration: ClientAdministration;
  /** Gives back what was opened for it. */
  close(): Promise<void>;
}

/** Where a command says what it has to say. */
export interface CommandOutput {
  /** Standard output: the only place that a secret is ever written to. */
  write(text: string): void;
  /** Standard error. */
  complain(text: string): void;
  /** The program ends with this code, once it is done: 0, 1 what was asked is refused, 2 it could not be done. */
  exit(code: number): void;
}

/** The process's own. */
export const processOutput: CommandOutput = {
  write: (text) => void process.stdout.write(text),
  complain: (text) => void process.stderr.write(text),
  exit(code) {
    process.exitCode = code;
  },
};

/** The options that every command has. */
export interface CommonOptions {
  readonly json?: boolean;
  /** Only of those that change something. */
  readonly actor?: string;
}

/**
 * Runs a command of one's own beside those of {@link clientsCommand}: opens, works as the actor, prints, closes. Faults
 * are told in one line and by the exit code.
 */
export async function runCommand(
  open: () => Promise<OpenedAdministration>,
  given: CommonOptions,
  work: (administration: ClientAdministration) => Promise<Told>,
  output: CommandOutput = processOutput,
): Promise<void> {
  try {
    const { administration, close } = await open();
    try {
      const { lines, json } = await work(administration.as(given.actor ?? userOfSystem()));
      // Before anything else can fail: a secret is told this once.
      output.write(
        given.json === true ? `${JSON.stringify(json)}\n` : lines.map((line) => `${printable(line)}\n`).join(''),
      );
    } finally {
      await close();
    }
  } catch (error) {
    output.complain(`${printable(messageOf(error))}\n`);
    output.exit(isRefusal(error) ? 1 : 2);
  }
}

/** Whether whoever typed the command can put it right. */
function isRefusal(error: unknown): boolean {
  if (error instanceof SallyportError) return error.status < 500;
  return error instanceof ConfigurationError || error instanceof SettingError;
}

/**
 * One line. Of errors that are not ours only the code is told: messages of a database repeat what was sent to it, hashes
 * included.
 */
function messageOf(error: unknown): string {
  if (error instanceof ConfigurationError || error instanceof SettingError) return error.message;
  const code = codeOf(error);
  const known = code === undefined ? undefined : databaseFaults[code];
  if (known !== undefined) return `${known} (${code})`;
  const suffix = code === undefined ? '' : ` (${code})`;
  if (error instanceof SallyportError) return error.status < 500 ? error.detail : `${error.detail}${suffix}`;
  return `Something went wrong${suffix}`;
}

/** What whoever runs a command can do about a database (PostgreSQL's appendix A, and codes of the system). */
const databaseFaults: Readonly<Record<string, string>> = {
  '3D000': 'The server has no such database: make it, or correct the name',
  '42P01': 'A table is missing: run your migrations',
  '42703': 'A column is missing: run your migrations',
  '28000': 'The database does not let this user in',
  '28P01': 'The database does not let this user in',
  ECONNREFUSED: 'The database does not answer at this address',
  ENOTFOUND: 'The database has no such address',
};

/** The code of a system or database error, wherever in the chain of causes it stands. */
function codeOf(error: unknown, depth = 0): string | undefined {
  if (typeof error !== 'object' || error === null || depth > 5) return undefined;
  const { code, cause } = error as { readonly code?: unknown; readonly cause?: unknown };
  if (!(error instanceof SallyportError) && typeof code === 'string' && /^[A-Z0-9_]{2,40}$/.test(code)) return code;
  return codeOf(cause, depth + 1);
}

function userOfSystem(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a number that has no name.
    return 'unknown';
  }
}
