import type { MikroORM } from '@mikro-orm/core';
import {
  createAccountStore,
  createPasswordHasher,
  createSessionStore,
  type PasswordHasher,
  type SessionsOptions,
} from '@sallyport/auth';
import type { Secrets } from './secrets.ts';

/** What keys the passwords of people. */
export function passwordsOf(secrets: Pick<Secrets, 'passwords'>): PasswordHasher {
  return createPasswordHasher({ peppers: { current: 'p1', keys: { p1: secrets.passwords } } });
}

/** The people who log in, as Secure API lets them (its contract, section 3): with the cookie alone. */
export function peopleOf(orm: MikroORM, secrets: Pick<Secrets, 'passwords'>): SessionsOptions {
  return {
    form: 'secureApi',
    accounts: createAccountStore(orm),
    store: createSessionStore(orm, { withAccounts: true }),
    passwords: passwordsOf(secrets),
  };
}
