import { available } from '../lib/available.ts';
import { type AccountRecord, type AccountStore, normaliseLogin } from './account.ts';
import type { PasswordHasher } from './passwords.ts';

/** What came of looking at a login and a password. */
export interface JudgedLogin {
  /** The account of this login, for audit trails; never for the answer. */
  readonly known: AccountRecord | undefined;
  /** Whether the person may come in: the account is active, and the password its own. */
  readonly accepted: boolean;
}

/**
 * Checks a password. Unknown, wrong, disabled and without a password take the same steps and end the same way
 * (SECURITY 4.2): one look-up, one slow hash, and a judgement at the end.
 *
 * @throws SallyportError `unavailable` when the store or the hashing cannot answer
 */
export async function authenticateAccount(
  { accounts, passwords }: { readonly accounts: AccountStore; readonly passwords: PasswordHasher },
  credentials: { readonly login: string; readonly password: string },
): Promise<JudgedLogin> {
  const login = normaliseLogin(credentials.login);
  const answer = login === undefined ? undefined : await available(() => accounts.findByLogin(login));
  // A store that compares more loosely must not make two logins one.
  const known = answer?.login === login ? answer : undefined;
  const matches = await available(() => passwords.verify(credentials.password, known?.passwordHash));
  return { known, accepted: matches && known?.active === true };
}
