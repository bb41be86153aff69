import type { EntityManager } from '@mikro-orm/core';
import { Setting } from '../entities/index.ts';

/**
 * The value that the database keeps under `key`; made and kept when there is none, like the signing secret on the first
 * start. Several processes that start at once must not make one each: call it inside `exclusively`.
 */
export async function keepSetting(em: EntityManager, key: string, make: () => string): Promise<string> {
  const kept = await em.findOne(Setting, key);
  if (kept !== null) return kept.value;
  const setting = em.create(Setting, { key, value: make() });
  await em.flush();
  return setting.value;
}
