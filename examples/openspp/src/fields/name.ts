import type { FieldBuilder, FieldDefinition, JsonSchema } from '@sallyport/core';
import type { Registrant } from '../entities/index.ts';
import { fault } from '../errors.ts';

const text = (description: string) => ({ type: ['string', 'null'], maxLength: 255, description }) as const;
const unstored = 'Accepted, and not stored.';

/** Contract §6: HumanName. */
const humanName: JsonSchema = {
  title: 'HumanName',
  type: 'object',
  properties: {
    family: text('Family name.'),
    given: text('Given name.'),
    middle: text('Further given names.'),
    prefix: text(unstored),
    suffix: text(unstored),
    text: {
      type: ['string', 'null'],
      maxLength: 500,
      description: 'The whole name as it is shown; made of the parts when absent.',
    },
  },
};

interface HumanName {
  readonly family?: string | null;
  readonly given?: string | null;
  readonly middle?: string | null;
  readonly text?: string | null;
}

/** The name that is shown: what was sent, else `given family`, else what there is in the old upper-case form. */
function displayName({ text: sent, family, given, middle }: HumanName): string {
  const own = sent?.trim() ?? '';
  if (own !== '') return own;
  const usual = `${given ?? ''} ${family ?? ''}`.trim();
  if (usual !== '') return usual;
  return middle ? `${family ?? ''}, ${given ?? ''} ${middle}`.toUpperCase() : '';
}

/** A part after a patch: absent or empty leaves it, null clears it. */
function patched(before: string | null | undefined, sent: string | null | undefined): string | null {
  if (sent === null) return null;
  return sent === undefined || sent === '' ? (before ?? null) : sent;
}

/**
 * A person's name (contract §9.2): printed with all four parts, absent ones empty. A patch merges the parts before the
 * display name is made of them (F17); every other write stores them as sent.
 */
export function personName(f: FieldBuilder<Registrant>): FieldDefinition {
  return f.custom({
    description: 'The name. A PATCH merges the parts that are sent into those that are there.',
    reads: { family: 'familyName', given: 'givenName', middle: 'additionalName', text: 'name' },
    nullable: true,
    output: humanName,
    input: humanName,
    encode({ family, given, middle, text: shown }, { nulls }) {
      const parts = { family: family ?? '', given: given ?? '', middle: middle ?? '' };
      return nulls === 'print' ? { ...parts, prefix: null, suffix: null, text: shown } : { ...parts, text: shown };
    },
    assign(person, sent: HumanName | null, { call }) {
      if (sent === null) throw fault('name_required');
      const merging = call.operation === 'update';
      const family = merging ? patched(person.familyName, sent.family) : sent.family || null;
      const given = merging ? patched(person.givenName, sent.given) : sent.given || null;
      const middle = merging ? patched(person.additionalName, sent.middle) : sent.middle || null;
      person.familyName = family;
      person.givenName = given;
      person.additionalName = middle;
      person.name = displayName({ text: sent.text ?? null, family, given, middle });
    },
  });
}

/** A group's name; a group that is made without one is an `Unnamed Group` (contract §10.1). */
export function groupName(f: FieldBuilder<Registrant>): FieldDefinition {
  const schema = { type: 'string', maxLength: 500 } as const;
  return f.custom({
    description: 'The name; Unnamed Group when a group is made without one.',
    reads: { name: 'name' },
    output: schema,
    input: schema,
    encode: ({ name }) => name,
    assign(group, name: string | null, { creating }) {
      if (name !== null) group.name = name;
      else if (!creating) throw fault('name_required');
    },
  });
}
