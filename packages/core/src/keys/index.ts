import { externalKey } from './external.ts';
import { maskedKey } from './masked.ts';
import { naturalKey, uuidKey } from './natural.ts';
import { noKey } from './none.ts';

export type { ExternalKeyOptions } from './external.ts';
export type { CompiledKey, KeyCodec, KeyContext, KeyDefinition, KeyScheme } from './key.ts';

/** The ways to name a record on the wire. */
export const key = {
  masked: maskedKey,
  natural: naturalKey,
  uuid: uuidKey,
  external: externalKey,
  none: noKey,
} as const;
