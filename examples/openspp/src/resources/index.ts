import type { ResourceDescriptor } from '@sallyport/core';
import type { Extension } from '@sallyport/plugins/extensions';
import { extended } from '../extensions/index.ts';
import { membershipSources, programSources, registrantSources } from '../rules/sources.ts';
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
  registrantSources.of(extended(individual, extensions)),
  registrantSources.of(extended(group, extensions)),
  programSources.of(program),
  membershipSources.of(programMembership(memberships)),
  groupMember,
  membershipEvent,
  consent,
];
