import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { Vocabulary } from './vocabulary.ts';

/** The kinds of registrant that a type of identifier is for. */
export const targetTypes = ['individual', 'group', 'both'] as const;

/** A code of a code system, and in `urn:openspp:vocab:id-type` a type of identifier. */
export const VocabularyCode = defineEntity({
  name: 'VocabularyCode',
  tableName: 'vocabulary_code',
  properties: {
    id: p.integer().primary(),
    vocabulary: () => p.manyToOne(Vocabulary),
    /** The namespace of the vocabulary, kept here so that a coding is printed without a join. */
    system: p.string().length(255),
    code: p.string().length(255),
    display: p.string().length(200),
    definition: p.text().nullable(),
    /** What identifiers name the code by: `<namespace>#<code>`, or a URI of its own. */
    uri: p.string().length(511).unique(),
    /** Identifier types only: the kind of registrant that it is for. */
    targetType: p.enum(targetTypes).default('both'),
    /** Identifier types only: the regular expression that a value must match. */
    pattern: p.text().nullable(),
    active: p.boolean().default(true),
    sequence: p.integer().default(0),
    /** Added by an administrator. */
    isLocal: p.boolean().default(false),
  },
  uniques: [{ properties: ['vocabulary', 'code'] }],
  indexes: [{ properties: ['system', 'code'] }],
});

export type VocabularyCode = InferEntity<typeof VocabularyCode>;
