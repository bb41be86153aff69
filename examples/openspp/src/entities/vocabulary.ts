import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { VocabularyCode } from './vocabulary-code.ts';

/** A code system: `urn:iso:std:iso:5218`. */
export const Vocabulary = defineEntity({
  name: 'Vocabulary',
  tableName: 'vocabulary',
  properties: {
    id: p.integer().primary(),
    name: p.string().length(200),
    namespace: p.string().length(255).unique(),
    edition: p.string().length(50).nullable(),
    /** Shipped with the program; administrators add codes to it but do not remove it. */
    isSystem: p.boolean().default(false),
    codes: () => p.oneToMany(VocabularyCode).mappedBy('vocabulary').orderBy({ sequence: 'asc', id: 'asc' }),
  },
});

export type Vocabulary = InferEntity<typeof Vocabulary>;
