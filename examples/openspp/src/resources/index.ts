import type { ResourceDescriptor } from '@sallyport/core';
import { consent } from './consent.ts';
import { group } from './group.ts';
import { groupMember, membershipEvent } from './group-member.ts';
import { individual } from './individual.ts';
import { program } from './program.ts';
import { type ProgramMembershipOptions, programMembership } from './program-membership.ts';

/** Every resource of the API, in the order of its documents. */
export const resourcesOf = (memberships: ProgramMembershipOptions): readonly ResourceDescriptor[] => [
  individual,
  group,
  program,
  programMembership(memberships),
  groupMember,
  membershipEvent,
  consent,
];
