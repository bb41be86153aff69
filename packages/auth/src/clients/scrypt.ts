import { randomBytes, scrypt } from 'node:crypto';

/** The cost of one scrypt (RFC 7914): N is two to the power of `log2n`. */
export interface ScryptCost {
  readonly log2n: number;
  readonly r: number;
  readonly p: number;
}

/** A stored scrypt hash, taken apart. */
export interface ScryptHash {
  readonly cost: ScryptCost;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
}

/** What imported secrets are hashed with. */
export const importedCost: ScryptCost = { log2n: 15, r: 8, p: 1 };
/** What OpenSPP's own server uses, with a key of 64 bytes. */
export const opensppCost: ScryptCost = { log2n: 14, r: 8, p: 1 };

/** The largest cost in use, OWASP's: 2^17 with blocks of 8, so 128 MiB and about half a second. */
const mostWork = 2 ** 17 * 8;

const phc = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/=]{8,128})\$([A-Za-z0-9+/=]{16,128})$/;
const openspp = /^\$scrypt\$([A-Za-z0-9+/=]{8,128})\$([A-Za-z0-9+/=]{16,128})$/;

/**
 * Reads `$scrypt$ln=15,r=8,p=1$salt$hash` and OpenSPP's `$scrypt$salt$hash`; `undefined` when it is neither, and when
 * it asks for more memory or time than the largest cost in use.
 */
export function parseScrypt(stored: string): (ScryptHash & { readonly format: 'phc' | 'openspp' }) | undefined {
  const full = phc.exec(stored);
  if (full !== null) {
    const cost = { log2n: Number(full[1]), r: Number(full[2]), p: Number(full[3]) };
    if (cost.log2n < 10 || cost.log2n > 17 || cost.r < 1 || cost.r > 8 || cost.p < 1) return undefined;
    if (scryptWork(cost) > mostWork) return undefined;
    return sound({ format: 'phc', cost, salt: bytesOf(full[4]), hash: bytesOf(full[5]) });
  }
  const short = openspp.exec(stored);
  if (short === null) return undefined;
  return sound({ format: 'openspp', cost: opensppCost, salt: bytesOf(short[1]), hash: bytesOf(short[2]) });
}

const bytesOf = (base64: string | undefined): Buffer => Buffer.from(base64 ?? '', 'base64');

/** A hash of no bytes would match every secret, and padding alone decodes to none. */
function sound<T extends ScryptHash>(hash: T): T | undefined {
  return hash.salt.length >= 4 && hash.hash.length >= 10 ? hash : undefined;
}

/** How much work a cost is; a lower one is worth replacing. */
export const scryptWork = ({ log2n, r, p }: ScryptCost): number => 2 ** log2n * r * p;

/** Writes a hash the way {@link parseScrypt} reads it. */
export function formatScrypt(hash: ScryptHash, format: 'phc' | 'openspp'): string {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  if (format === 'openspp') return `$scrypt$${base64(hash.salt)}$${base64(hash.hash)}`;
  const { log2n, r, p } = hash.cost;
  const bare = (bytes: Uint8Array): string => base64(bytes).replaceAll('=', '');
  return `$scrypt$ln=${log2n},r=${r},p=${p}$${bare(hash.salt)}$${bare(hash.hash)}`;
}

/** Derives a key off the main thread. Run it behind a semaphore: it takes 16 to 128 MB and up to half a second. */
export function deriveScrypt(secret: string, salt: Uint8Array, cost: ScryptCost, length: number): Promise<Buffer> {
  const N = 2 ** cost.log2n;
  const options = { N, r: cost.r, p: cost.p, maxmem: 256 * N * cost.r * cost.p };
  return new Promise((resolve, reject) => {
    scrypt(secret, salt, length, options, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}

/** Salt of a new hash. */
export const newSalt = (): Uint8Array => randomBytes(16);
