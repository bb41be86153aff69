import {
  codeableConcept,
  everyField,
  fieldMask,
  type JsonSchema,
  type MethodRun,
  method,
  type RecordSchemas,
} from '@sallyport/core';
import { type GroupMembership, Registrant } from '../entities/index.ts';
import { fault } from '../errors.ts';
import { deny, discreetly, toldOf } from '../policies/membership.ts';
import { personNamed } from '../rules/group-references.ts';
import {
  changedBy,
  checkHead,
  checkPeriod,
  endNow,
  endOn,
  join,
  lockGroups,
  openMembership,
  roleNamed,
  startOf,
} from '../rules/memberships.ts';
import { personInPath, referenceTo } from './group-schemas.ts';

const day = (description: string): JsonSchema => ({ type: ['string', 'null'], format: 'date', description });
const role = (description: string): JsonSchema => ({ ...codeableConcept, type: ['object', 'null'], description });
const entity = referenceTo('The person.');
const membership = (record: RecordSchemas): JsonSchema => record('group_member', { nulls: 'omit' });
const roleWords = 'The role: a code of urn:openspp:vocab:group-membership-type, such as head.';
const scope = 'group:update';

interface MemberBody {
  readonly entity: { readonly reference: string };
  readonly role?: unknown;
  readonly startDate?: string | null;
  readonly endedDate?: string | null;
}

/** The membership; who may not see a group's members is told no more than whom it had named. */
async function shown(call: MethodRun, made: GroupMembership): Promise<Record<string, unknown>> {
  await call.inUnit.em.flush();
  const isShown = await call.records('group').shows(call.primaryKey, 'member');
  const fields = isShown ? everyField : fieldMask(['group', 'entity']);
  const representation = { fields, expand: [] };
  return (await call.records('group_member').represent(made.id, { nulls: 'omit', representation })).value;
}

/** The group and person of a call, and the membership that they have. @throws SallyportError [H6] when they have none */
async function activeMember(call: MethodRun, individual: number, at: string): Promise<GroupMembership> {
  const group = call.primaryKey as number;
  const found = await openMembership(call.inUnit.em, { group, individual }, at);
  if (found === null) throw fault('not_a_member');
  return found;
}

/** `POST /Group/{id}/$add-member` (contract §10.7). */
export const addMember = method({
  on: 'record',
  path: '$add-member',
  scope,
  status: 201,
  summary: 'Add a person to a group',
  input: {
    title: 'MemberAddition',
    type: 'object',
    properties: { entity, role: role(roleWords), startDate: day('The first day; now, when absent.') },
    required: ['entity'],
  },
  output: membership,
  async run(call) {
    const { em } = call.inUnit;
    const body = call.input as MemberBody;
    const group = call.primaryKey as number;
    const individual = await personNamed(call, body.entity.reference);
    const told = await toldOf(call, group, individual);
    // Only who may know of members hears of them before a wrong role.
    if (!told.membership) await roleNamed(em, body.role);
    const { at } = await lockGroups(em, [group], call);
    await discreetly(call, told.membership, async () => {
      if ((await openMembership(em, { group, individual }, at)) !== null) throw fault('already_member');
    });
    const code = await roleNamed(em, body.role);
    await discreetly(call, told.members, () => checkHead(em, group, code, at));
    const who = { group: em.getReference(Registrant, group), individual: em.getReference(Registrant, individual) };
    const startDate = body.startDate ? startOf(body.startDate) : at;
    const made = join(em, who, code ?? null, { at, call, startDate });
    return shown(call, made);
  },
});

/** `POST /Group/{id}/$remove-member` (contract §10.8). */
export const removeMember = method({
  on: 'record',
  path: '$remove-member',
  scope,
  summary: 'End the membership of a person in a group',
  input: {
    title: 'MemberRemoval',
    type: 'object',
    properties: {
      entity,
      endedDate: day('The last day; now, when absent.'),
      reason: { type: ['string', 'null'], maxLength: 1000, description: 'Accepted, and not stored.' },
    },
    required: ['entity'],
  },
  output: membership,
  async run(call) {
    const body = call.input as MemberBody;
    const individual = await personNamed(call, body.entity.reference);
    const group = call.primaryKey as number;
    const told = await toldOf(call, group, individual);
    const { at } = await lockGroups(call.inUnit.em, [group], call);
    const ended = await discreetly(call, told.membership, async () => {
      const found = await activeMember(call, individual, at);
      found.endedDate = body.endedDate ? endOn(body.endedDate, found) : endNow(at, found);
      found.endedBy = changedBy(call);
      checkPeriod(found);
      return found;
    });
    return shown(call, ended);
  },
});

/** `PATCH /Group/{id}/member/{individualId}` (contract §10.9): null is as good as absent. */
export const updateMember = method({
  on: 'record',
  verb: 'PATCH',
  path: 'member/{individual}',
  scope,
  summary: 'Change role or period of a member',
  pathParameters: { individual: personInPath },
  description:
    'null is as good as absent: neither clears what is there, so that a role is changed and never taken away.',
  input: {
    title: 'MemberChange',
    type: 'object',
    properties: {
      role: role(`${roleWords} null leaves it.`),
      startDate: day('The first day. null leaves it.'),
      endedDate: day('The last day, which ends the membership. null leaves it.'),
    },
  },
  output: membership,
  async run(call) {
    const { em } = call.inUnit;
    const body = call.input as MemberBody;
    const individual = await personNamed(call, `Individual/${call.params.individual ?? ''}`);
    const group = call.primaryKey as number;
    const told = await toldOf(call, group, individual);
    if (!told.membership) {
      const changes = [await roleNamed(em, body.role), body.startDate, body.endedDate];
      // A change of nothing would only ask whether there is a membership.
      if (!changes.some(Boolean)) await deny(call);
    }
    const { at } = await lockGroups(em, [group], call);
    const found = await discreetly(call, told.membership, () => activeMember(call, individual, at));
    const code = await roleNamed(em, body.role);
    await discreetly(call, told.members, () => checkHead(em, group, code, at, found));
    if (code !== undefined) found.role = code;
    if (body.startDate) found.startDate = startOf(body.startDate);
    if (body.endedDate) {
      found.endedDate = endOn(body.endedDate, found);
      found.endedBy = changedBy(call);
    }
    await discreetly(call, told.membership, async () => checkPeriod(found));
    return shown(call, found);
  },
});
