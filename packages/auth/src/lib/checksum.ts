import { crc32 } from 'node:zlib';

/** Length of a {@link checksum}, in characters. */
export const checksumLength = 6;

/**
 * CRC-32 of a text, in six characters of base64url. Leak scanners know by it that a text is a credential and no chance
 * (SECURITY 4.1); it proves nothing.
 */
export function checksum(text: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(text));
  return bytes.toString('base64url');
}

/** Whether the text ends in the checksum of what stands before. */
export function endsInChecksum(text: string): boolean {
  return checksum(text.slice(0, -checksumLength)) === text.slice(-checksumLength);
}
