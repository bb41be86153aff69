import type { ResourceDescriptor } from '@sallyport/core';
import { group } from './group.ts';
import { groupMember, membershipEvent } from './group-member.ts';
import { individual } from './individual.ts';
import { program } from './program.ts';
import { programMembership } from './program-membership.ts';

/** Every resource of the API, in the order of its documents. */
export const resources: readonly ResourceDescriptor[] = [
  individual,
  group,
  program,
  programMembership,
  groupMember,
  membershipEvent,
];
