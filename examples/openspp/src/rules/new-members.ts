import type { WriteHookContext } from '@sallyport/core';
import type { Registrant } from '../entities/index.ts';
import { fault } from '../errors.ts';
import { changedBy, head, present } from './memberships.ts';

interface SentMember {
  readonly role?: { readonly coding?: readonly { readonly code: string }[] } | null;
}

/** The members that a group is made with: nobody twice [H5], one head at most [H3]; they start now (contract §10.4). */
export function checkNewMembers(group: Registrant, { body, call }: WriteHookContext): void {
  const members = group.members.getItems(false);
  if (new Set(members.map(({ individual }) => individual)).size < members.length) throw fault('member_duplicate');
  const sent = (body.member as readonly SentMember[] | null | undefined) ?? [];
  if (sent.filter(({ role }) => role?.coding?.[0]?.code === head).length > 1) throw fault('head_already_set');
  const at = present(call);
  for (const member of members) {
    member.startDate = at;
    member.createdAt = at;
    member.createdBy = changedBy(call);
  }
}
