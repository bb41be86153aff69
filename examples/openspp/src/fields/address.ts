import type { FieldBuilder, FieldDefinition, JsonSchema } from '@sallyport/core';
import { Country, type Registrant } from '../entities/index.ts';

const text = (most: number, description: string) =>
  ({ type: ['string', 'null'], maxLength: most, description }) as const;

const unstored = 'Accepted, and not stored.';

/** Contract §6: Address. */
const address: JsonSchema = {
  title: 'Address',
  type: 'object',
  properties: {
    type: {
      type: ['string', 'null'],
      enum: ['physical', 'postal', 'both', null],
      description: `Always physical. ${unstored}`,
    },
    text: text(2000, 'All of it on one line, made of the parts; for reading only.'),
    line: {
      type: ['array', 'null'],
      items: { type: 'string', maxLength: 500 },
      maxItems: 20,
      description: 'Street and number: the first line is stored.',
    },
    city: text(255, 'City or village.'),
    district: text(255, unstored),
    state: text(255, 'State or province.'),
    postalCode: text(50, 'Postal code.'),
    country: text(100, 'ISO 3166-1 alpha-2 code. An unknown one is passed over.'),
  },
};

interface Address {
  readonly line?: readonly string[] | null;
  readonly city?: string | null;
  readonly state?: string | null;
  readonly postalCode?: string | null;
  readonly country?: string | null;
}

const given = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** The one address (contract §9.4), parts that are not there left out (F16). */
export function addresses(f: FieldBuilder<Registrant>): FieldDefinition {
  const list = { type: 'array', items: address, maxItems: 20 } as const;
  return f.custom({
    description: 'The address, one: the first that is sent is stored, as far as it names parts. null or [] clears it.',
    reads: { street: 'street', city: 'city', state: 'state', postalCode: 'postalCode', country: 'country.code' },
    output: list,
    input: list,
    encode(values, { nulls }) {
      const street = given(values.street);
      const city = given(values.city);
      const state = given(values.state);
      const shown = [street, city, state].filter((part) => part !== undefined);
      if (shown.length === 0) return undefined;
      const parts = {
        type: 'physical',
        text: shown.join(', '),
        line: street === undefined ? [] : [street],
        city,
        district: undefined,
        state,
        postalCode: given(values.postalCode),
        country: given(values.country),
      };
      if (nulls === 'omit') return [parts];
      return [Object.fromEntries(Object.entries(parts).map(([name, value]) => [name, value ?? null]))];
    },
    async assign(registrant, sent: readonly Address[] | null, { unit }) {
      const [first] = sent ?? [];
      if (first === undefined) {
        Object.assign(registrant, { street: null, city: null, state: null, postalCode: null, country: null });
        return;
      }
      const street = first.line?.[0];
      if (street !== undefined) registrant.street = street;
      if (first.city !== undefined) registrant.city = first.city;
      if (first.state !== undefined) registrant.state = first.state;
      if (first.postalCode !== undefined) registrant.postalCode = first.postalCode;
      if (first.country === null) registrant.country = null;
      if (given(first.country) === undefined) return;
      // An unknown country is ignored (B-157).
      const country = await unit.em.findOne(Country, { code: String(first.country).toUpperCase() });
      if (country !== null) registrant.country = country;
    },
  });
}
