import type { EntityManager } from '@mikro-orm/core';
import { Registrant } from '../entities/index.ts';
import { codeSystems, namespaces } from '../vocabulary/index.ts';

/** One household in so many lives on fishing. */
const oneIn = 7;

/** Makes some households and their heads fishers, so that there are extensions to look at. Answers how many. */
export async function addExtensions(
  em: EntityManager,
  households: readonly { readonly household: number | undefined; readonly people: readonly number[] }[],
): Promise<number> {
  const sites = codeSystems.find(({ namespace }) => namespace === namespaces.landingSite)?.codes ?? [];
  let fishers = 0;
  for (const [index, { code, display }] of sites.entries()) {
    const own = households.filter((_, place) => place % (oneIn * sites.length) === oneIn * index);
    const landingSite = { system: namespaces.landingSite, code, display };
    const groups = own.flatMap(({ household }) => household ?? []);
    const heads = own.flatMap(({ people }) => people.slice(0, 1));
    const material = { wallMaterial: index % 2 === 0 ? 'brick' : 'mud', roomCount: 2 + index };
    const extensions = { fisher: { boatCount: index, landingSite }, dwelling: material };
    await em.nativeUpdate(Registrant, { id: { $in: groups } }, { extension: extensions });
    const fisher = { boatCount: index, landingSite, isLicensed: index > 0 };
    await em.nativeUpdate(Registrant, { id: { $in: heads } }, { extension: { fisher } });
    fishers += groups.length + heads.length;
  }
  return fishers;
}
