import type { Readiness } from '@sallyport/core';

/** What is known of a person's account at this moment. */
export interface AccountRecord {
  /** Stays when the login changes; the `id` of the principal. */
  readonly id: string;
  /** As {@link normaliseLogin} writes it. */
  readonly login: string;
  /** What {@link PasswordHasher} made; `undefined`: nobody can log in with a password yet. */
  readonly passwordHash: string | undefined;
  readonly active: boolean;
  /** What the person may do; read at each use of a session. */
  readonly scopes: readonly string[];
  /** Whatever domains and policies need: the company. Becomes the principal's attributes. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Counts what ends sessions: a session that was opened under an older epoch is dead (SECURITY 4.4). */
  readonly epoch: number;
}

/**
 * Where accounts are looked up: ours over MikroORM (`createAccountStore`), in memory, or an application's own.
 * A store that cannot answer rejects; the caller is then told 503, never let in.
 */
export interface AccountStore extends Readiness {
  /** By the login as {@link normaliseLogin} writes it, disabled ones too. */
  findByLogin(login: string): Promise<AccountRecord | undefined>;
  /** By its id, disabled ones too. Asked at each use of a session whose store does not answer the account itself. */
  find(id: string): Promise<AccountRecord | undefined>;
  /** Replaces a stored password by a better form of the same one, when it still is `from`. */
  upgradePassword?(id: string, from: string, to: string): Promise<void>;
  /** After a login. A failure is logged and changes nothing. */
  recordLogin?(id: string, at: Date): Promise<void>;
}

/** Most characters of a login: those of an e-mail address (RFC 5321 section 4.5.3.1). */
const longestLogin = 254;

/**
 * One spelling for all that people take for one login: without blanks around it, NFKC, case folded. `undefined` for what
 * can be none: nothing, more than 254 characters, control or unassigned characters.
 */
export function normaliseLogin(text: string): string | undefined {
  // Normal forms can be many times as long: the length is judged first.
  if (text.length > longestLogin || !text.isWellFormed()) return undefined;
  const folded = fold(text.normalize('NFKC')).normalize('NFKC').trim();
  return folded === '' || folded.length > longestLogin || /\p{C}/u.test(folded) ? undefined : folded;
}

/** Full case folding, as nearly as the language has it: `ß`, `ẞ`, `SS` and `ss` are one. */
function fold(text: string): string {
  return text.toLowerCase().toUpperCase().toLowerCase();
}
