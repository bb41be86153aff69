/** The cost of one Argon2id (RFC 9106): KiB of memory, passes over it, lanes. */
export interface Argon2Cost {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly lanes: number;
}

/** A stored Argon2id hash, taken apart. */
export interface Argon2Hash {
  readonly cost: Argon2Cost;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
}

/** What new hashes are made with: the least that OWASP recommends (SECURITY 4.1); 22 ms of CPU. */
export const argon2Cost: Argon2Cost = { memoryKiB: 19_456, passes: 2, lanes: 1 };

/** The largest costs that libraries write by themselves: 64 MiB, four passes, four lanes. */
const mostMemoryKiB = 65_536;
const mostWork = mostMemoryKiB * 4;
const mostLanes = 4;

const phc =
  /^\$argon2id\$v=19\$m=([1-9]\d{0,6}),t=([1-9]\d{0,2}),p=([1-9])\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

/**
 * Reads `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`; `undefined` for anything else, other variants and versions
 * included, and when it asks for more memory or time than the largest cost in use.
 */
export function parseArgon2(stored: string): Argon2Hash | undefined {
  const parts = phc.exec(stored);
  if (parts === null) return undefined;
  const cost = { memoryKiB: Number(parts[1]), passes: Number(parts[2]), lanes: Number(parts[3]) };
  // RFC 9106 section 3.1: eight blocks for each lane at least.
  if (cost.memoryKiB < 8 * cost.lanes || cost.memoryKiB > mostMemoryKiB || cost.lanes > mostLanes) return undefined;
  if (argon2Work(cost) > mostWork) return undefined;
  return { cost, salt: Buffer.from(parts[4] ?? '', 'base64'), hash: Buffer.from(parts[5] ?? '', 'base64') };
}

/** How much work a cost is; a lower one is worth replacing. */
export const argon2Work = ({ memoryKiB, passes }: Argon2Cost): number => memoryKiB * passes;

/** Writes a hash the way {@link parseArgon2} reads it: a PHC string. */
export function formatArgon2({ cost, salt, hash }: Argon2Hash): string {
  const bare = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replaceAll('=', '');
  return `$argon2id$v=19$m=${cost.memoryKiB},t=${cost.passes},p=${cost.lanes}$${bare(salt)}$${bare(hash)}`;
}

/** Derives a key off the main thread. Run it behind a semaphore: it takes up to 64 MiB and some tenths of a second. */
export async function deriveArgon2(
  secret: string,
  salt: Uint8Array,
  cost: Argon2Cost,
  length: number,
): Promise<Buffer> {
  // Native code: where nobody uses this scheme it is never loaded.
  const { hashRaw } = await import('@node-rs/argon2');
  // Argon2id of version 0x13 is the library's default; its constants are enums that erasable TypeScript cannot name.
  const { memoryKiB: memoryCost, passes: timeCost, lanes: parallelism } = cost;
  return hashRaw(secret, { memoryCost, timeCost, parallelism, outputLen: length, salt });
}
