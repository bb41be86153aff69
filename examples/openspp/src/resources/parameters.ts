import { customParameter, parseToken, type Where } from '@sallyport/core';
import type { Registrant } from '../entities/index.ts';
import { parameterFault } from '../errors.ts';
import { holdsIdentifier } from '../rules/conditions.ts';
import { conditionsOn, onRegistrants } from '../rules/look-up.ts';

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
  description: 'When the record was last changed: [eq|ne|gt|ge|lt|le]YYYY-MM-DD.',
  error: parameterFault('filter_date_malformed', { parameter: '_lastUpdated' }),
  matches: (
    { prefix, value }: { prefix: 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le'; value: string },
    call: Parameters<typeof onRegistrants>[0],
  ) => onRegistrants(call)[prefix]('updatedAt', value),
} as const;
