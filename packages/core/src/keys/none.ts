import { nothing } from '../query/condition.ts';
import type { KeyDefinition } from './key.ts';

/** Records without a name on the wire: shown by methods and inside of others, never addressed. */
export function noKey(): KeyDefinition {
  return {
    kind: 'none',
    compile: () => ({
      schema: { type: 'string' },
      unique: true,
      read: () => () => undefined,
      condition: () => nothing,
    }),
  };
}
