import type { FieldBuilder, FieldDefinition, JsonSchema } from '@sallyport/core';
import type { Registrant } from '../entities/index.ts';

/** Contract §6: ContactPoint. */
const contactPoint: JsonSchema = {
  title: 'ContactPoint',
  type: 'object',
  properties: {
    system: {
      type: 'string',
      enum: ['phone', 'email', 'fax', 'url', 'sms'],
      description: 'phone and email are stored; what is sent of the others is dropped.',
    },
    value: { type: 'string', maxLength: 320, description: 'The number or address.' },
    use: {
      type: ['string', 'null'],
      enum: ['home', 'work', 'mobile', null],
      description: 'Of a phone: mobile, or the other one, which is shown as home. Of an email always work.',
    },
    rank: { type: ['integer', 'null'], minimum: 1, description: 'The place in the list; for reading only.' },
  },
  required: ['system', 'value'],
};

interface ContactPoint {
  readonly system: string;
  readonly value: string;
  readonly use?: string | null;
}

type Slot = 'phone' | 'mobile' | 'email';

/** The slot of a contact; what fits none is dropped. */
function slotOf({ system, use }: ContactPoint): Slot | undefined {
  if (system === 'email') return 'email';
  if (system !== 'phone') return undefined;
  return use === 'mobile' ? 'mobile' : 'phone';
}

/** How each slot is printed, in this order. */
const printed = [
  ['phone', 'phone', 'home', 1],
  ['mobile', 'phone', 'mobile', 2],
  ['email', 'email', 'work', 3],
] as const;

/** Telephone, mobile and email (contract §9.3). A write fills the slots that it names; null or `[]` clears all. */
export function telecom(f: FieldBuilder<Registrant>): FieldDefinition {
  const list = { type: 'array', items: contactPoint, maxItems: 50 } as const;
  return f.custom({
    description: 'A telephone, a mobile and an email. Those that are sent are stored; null or [] clears all three.',
    reads: { phone: 'phone', mobile: 'mobile', email: 'email' },
    output: list,
    input: list,
    encode(values) {
      const contacts = printed.flatMap(([slot, system, use, rank]) => {
        const value = values[slot];
        return typeof value === 'string' && value !== '' ? [{ system, value, use, rank }] : [];
      });
      return contacts.length === 0 ? undefined : contacts;
    },
    assign(person, contacts: readonly ContactPoint[] | null) {
      if (contacts === null || contacts.length === 0) Object.assign(person, { phone: null, mobile: null, email: null });
      for (const contact of contacts ?? []) {
        const slot = slotOf(contact);
        if (slot !== undefined) person[slot] = contact.value;
      }
    },
  });
}
