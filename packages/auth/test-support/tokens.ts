import { checksum } from '../src/lib/checksum.ts';

const body = `spt_${'a'.repeat(43)}`;

/** An opaque token that is well formed, and that nobody has issued. */
export const unknownToken: string = body + checksum(body);
