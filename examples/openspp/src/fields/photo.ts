import type { FieldBuilder, FieldDefinition } from '@sallyport/core';
import type { Registrant } from '../entities/index.ts';
import { fault } from '../errors.ts';

/** Most characters of a photo's base64 (contract §9.5). */
export const photoLimit = 5_242_880;

/** Of groups of four; a group in the expression would overflow its stack on a long photo. */
const isBase64 = (text: string): boolean => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);

/** The photo: the base64 of the stored bytes, and nothing else (F15). */
export function photo(f: FieldBuilder<Registrant>): FieldDefinition {
  const schema = { type: 'string', contentEncoding: 'base64' } as const;
  return f.custom({
    description: 'Base64. In lists only where _elements names it, on pages of 20 at most.',
    reads: { bytes: 'photo' },
    output: schema,
    input: schema,
    encode: ({ bytes }) => bytes ?? undefined,
    assign(person, sent: string | null, { creating }) {
      if (sent === null || sent === '') {
        person.photo = null;
        return;
      }
      if (sent.length > photoLimit) throw fault('photo_too_large', { limit: photoLimit });
      if (!isBase64(sent)) throw fault(creating ? 'individual_create_failed' : 'individual_update_failed');
      person.photo = Buffer.from(sent, 'base64');
    },
  });
}
