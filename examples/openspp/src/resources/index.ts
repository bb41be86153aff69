import type { ResourceDescriptor } from '@sallyport/core';
import type { Extension } from '@sallyport/plugins/extensions';
import { extended } from '../extensions/index.ts';
import { consent } from './consent.ts';
import { group } from './group.ts';
import { groupMember, membershipEvent } from './group-member.ts';
import { individual } from './individual.ts';
import { program } from './program.ts';
import { type ProgramMembershipOptions, programMembership } from './program-membership.ts';

export interface ResourcesOptions extends ProgramMembershipOptions {
  readonly extensions: readonly Extension[];
}

/** Every resource of the API, in the order of its documents. */
export const resourcesOf = ({ extensions, ...memberships }: ResourcesOptions): readonly ResourceDescriptor[] => [
  extended(individual, extensions),
  extended(group, extensions),
  program,
  programMembership(memberships),
  groupMember,
  membershipEvent,
  consent,
];
