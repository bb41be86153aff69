import { customParameter, parseToken, type Where } from '@sallyport/core';
import { consentResourceTypes, type Registrant } from '../entities/index.ts';
import { parameterFault } from '../errors.ts';
import { holdsIdentifier } from '../rules/conditions.ts';
import { conditionsOn, onRegistrants } from '../rules/look-up.ts';

/** What `active` of people and groups means to a client. */
export const activeWords = 'false: archived. Searches do not find it; it is still read by its key.';

/** How a read of personal data is answered: the ground on which it was allowed stands in headers (contract §8.3). */
export const consentAnswers = (type: string) => ({
  200: {
    description: `The ${type}.`,
    headers: {
      'X-Consent-Status': {
        description:
          'On what ground the record is shown: `active` (a consent was given), `renewed` (and renewed), or `legal_basis`: the client needs none.',
        schema: { type: 'string', enum: ['active', 'renewed', 'legal_basis'] },
      },
      'X-Consent-Scope': {
        description: 'The kind of data that the consent is about; absent where none was needed.',
        schema: { type: 'string', enum: consentResourceTypes },
      },
    },
  },
});

/** A parameter that is sent again replaces the first; dates make a range instead (contract §1, F39). */
export const lastWins = { repeat: 'last' } as const;

/** `identifier=system|value`: both on the same live row (contract §9.7). */
export const identifierParameter = customParameter({
  ...lastWins,
  description: 'An identifier, system|value.',
  error: parameterFault('filter_identifier_malformed'),
  parse: parseToken,
  matches: (identifier, call) => holdsIdentifier(onRegistrants(call), identifier),
});

/** A case-insensitive substring of texts; `%` and `_` stand for themselves. */
export function containsParameter<E>(
  resource: string,
  description: string,
  properties: readonly (keyof E & string)[],
  reveals: readonly string[],
) {
  return customParameter<string>({
    ...lastWins,
    description,
    reveals,
    parse: (text) => text,
    matches(text, call) {
      const on: Where<E> = conditionsOn<E>(call, resource);
      return on.or(...properties.map((property) => on.contains(property, text, { ignoreCase: true })));
    },
  });
}

export const nameParameter = containsParameter<Registrant>('individual', 'Part of the name.', ['name'], ['name']);

/** `_lastUpdated=ge2026-03-01`: the time of the last change, compared with 00:00 UTC of the day. */
export const lastUpdatedParameter = {
  kind: 'timestamp',
  dateOnly: true,
  reveals: ['meta'],
  description:
    'When the record was last changed: [eq|ne|gt|ge|lt|le]YYYY-MM-DD, a day standing for its 00:00 UTC; two make a range.',
  error: parameterFault('filter_date_malformed', { parameter: '_lastUpdated' }),
  matches: (
    { prefix, value }: { prefix: 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le'; value: string },
    call: Parameters<typeof onRegistrants>[0],
  ) => onRegistrants(call)[prefix]('updatedAt', value),
} as const;
