import { GroupMembership } from '../../../src/entities/index.ts';
import { roleSystem, type TestApi } from '../../../testing/index.ts';

/** The role of a head, as answers print it. */
export const head = { coding: [{ system: roleSystem, code: 'head', display: 'Head' }] };

/** How many memberships of a group have not ended. */
export const activeRows = (t: TestApi, value: string): Promise<number> =>
  t.orm.em.fork().count(GroupMembership, {
    group: { identifiers: { value } },
    $or: [{ endedDate: null }, { endedDate: { $gt: new Date().toISOString() } }],
  });
