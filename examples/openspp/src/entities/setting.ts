import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { createdAt, updatedAt } from './types/timestamp.ts';

/** A value that the program keeps for itself, like the signing secret that it made. */
export const Setting = defineEntity({
  name: 'Setting',
  tableName: 'setting',
  properties: {
    key: p.string().length(100).primary(),
    value: p.text(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
});

export type Setting = InferEntity<typeof Setting>;
