import { createHmac } from 'node:crypto';

/** What one secret is the root of. */
const purposes = ['hashids', 'pepper', 'jwt', 'cursor', 'passwords'] as const;

export type Secrets = Readonly<Record<(typeof purposes)[number], Uint8Array>>;

/** A key of 64 bytes for each purpose: none of them tells anything of the others. */
export function secretsOf(root: string): Secrets {
  const keys = purposes.map((purpose) => [purpose, createHmac('sha512', root).update(`partners.${purpose}`).digest()]);
  return Object.fromEntries(keys) as Secrets; // one entry for each purpose, by the line above
}
