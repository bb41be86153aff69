import { randomBytes, timingSafeEqual } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { SallyportError } from '@sallyport/core';
import { type Argon2Hash, argon2Cost, argon2Work, deriveArgon2, formatArgon2, parseArgon2 } from '../clients/argon2.ts';
import { type PepperOptions, peppered, readPeppers, withoutPeppers } from '../lib/peppers.ts';
import { wholeInRange } from '../lib/range.ts';
import { createSemaphore } from '../lib/semaphore.ts';

export interface PasswordHasherOptions {
  /**
   * Server-side keys (32 bytes at least) by their id, without which a stolen table is of no use; `current` names the one
   * that new hashes use. Hashes that were made without go on matching until their next login.
   */
  readonly peppers?: PepperOptions;
  /** Memory of one hash in KiB, 19 456 (the default) to 65 536. */
  readonly memoryKiB?: number;
  /** Passes over that memory, 2 (the default) to 4. */
  readonly passes?: number;
  /** How many hashes run at once; default one less than there are processors. */
  readonly concurrency?: number;
  /** How many may wait before the next is refused with 503; default 50. */
  readonly queue?: number;
}

/** Makes and checks stored passwords (SECURITY 4.1): argon2id, a few at a time. */
export interface PasswordHasher {
  /**
   * @throws SallyportError `rule_broken` for a password that is too short or too long, `unavailable` when too many wait
   */
  hash(password: string): Promise<string>;
  /**
   * Whether the password is the stored one. Nothing stored, a stored text that cannot be read and a password that can be
   * none cost as much as a wrong one.
   *
   * @throws SallyportError `unavailable` when too many wait
   */
  verify(password: string, stored: string | undefined): Promise<boolean>;
  /** Whether the stored form is weaker than what `hash` makes now, or keyed with another pepper. */
  outdated(stored: string): boolean;
}

/** Fewest characters, and most bytes, of a password. There are no rules on what it is made of (NIST SP 800-63B). */
const fewest = 8;
const most = 1024;

const pepperedShape = /^\$pepper\$([A-Za-z0-9_-]{1,32})(\$.+)$/;

/** A stored password, taken apart. */
interface StoredPassword extends Argon2Hash {
  readonly kid: string | undefined;
}

/** @throws ConfigurationError for an option out of range, or a weak pepper */
export function createPasswordHasher(options: PasswordHasherOptions = {}): PasswordHasher {
  const whole = (name: string, value: number, least: number, greatest: number): number =>
    wholeInRange(`passwordHasher.${name}`, value, least, greatest);
  const cost = {
    memoryKiB: whole('memoryKiB', options.memoryKiB ?? argon2Cost.memoryKiB, argon2Cost.memoryKiB, 65_536),
    passes: whole('passes', options.passes ?? argon2Cost.passes, argon2Cost.passes, 4),
    lanes: 1,
  };
  const concurrency = whole('concurrency', options.concurrency ?? Math.max(1, availableParallelism() - 1), 1, 64);
  const semaphore = createSemaphore(concurrency, whole('queue', options.queue ?? 50, 0, 10_000));
  const { peppers } = options;
  const { current, keyOf } = peppers === undefined ? withoutPeppers() : readPeppers('passwordHasher.peppers', peppers);
  const dummy: StoredPassword = { kid: current, cost, salt: randomBytes(16), hash: randomBytes(32) };

  const derive = (password: string, { kid, salt, hash, cost: own }: StoredPassword): Promise<Buffer> => {
    // Keyboards differ in how they compose characters (RFC 8265 section 4.2).
    const normal = password.normalize('NFC');
    const input = kid === undefined ? normal : peppered(keyOf(kid), 'password', normal);
    return semaphore.run(() => deriveArgon2(input, salt, own, hash.length));
  };

  return {
    async hash(password) {
      if (!isSound(password) || [...password].length < fewest) {
        throw new SallyportError('rule_broken', {
          detail: `A password has at least ${fewest} characters and at most ${most} bytes.`,
        });
      }
      const salt = randomBytes(16);
      const hash = await derive(password, { ...dummy, salt });
      const made = formatArgon2({ cost, salt, hash });
      return current === undefined ? made : `$pepper$${current}${made}`;
    },
    async verify(password, text) {
      const sound = isSound(password);
      const known = text === undefined ? undefined : readStored(text);
      const against = known ?? dummy;
      const match = timingSafeEqual(await derive(sound ? password : '', against), against.hash);
      return match && sound && known !== undefined;
    },
    outdated(text) {
      const known = readStored(text);
      return known !== undefined && (known.kid !== current || argon2Work(known.cost) < argon2Work(cost));
    },
  };
}

function readStored(text: string): StoredPassword | undefined {
  const [, kid, bare = text] = pepperedShape.exec(text) ?? [];
  const hash = parseArgon2(bare);
  return hash === undefined ? undefined : { ...hash, kid };
}

function isSound(password: string): boolean {
  // A lone surrogate would become the same replacement character as any other.
  return password.length <= most && Buffer.byteLength(password) <= most && password.isWellFormed();
}
