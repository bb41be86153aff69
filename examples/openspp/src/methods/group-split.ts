import { allOf, type JsonSchema, type MethodRun, method, outcome } from '@sallyport/core';
import { type GroupMembership, Registrant } from '../entities/index.ts';
import { fault } from '../errors.ts';
import { discreetly, toldOfMembers } from '../policies/membership.ts';
import { keyIn, locateNamed } from '../rules/group-references.ts';
import { findRole, head, isHead, join, leave, lockGroups, openMemberships } from '../rules/memberships.ts';
import { markChange } from '../rules/registrants.ts';
import { referenceSchema, referenceTo } from './group-schemas.ts';

interface Reference {
  readonly reference: string;
}

interface SplitBody {
  readonly newGroupIdentifier: readonly { readonly system: string; readonly value: string }[];
  readonly membersToMove: readonly Reference[];
  readonly newHead?: Reference | null;
}

const input: JsonSchema = {
  title: 'GroupSplit',
  type: 'object',
  properties: {
    newGroupIdentifier: {
      type: 'array',
      description: 'Identifiers of the new group.',
      minItems: 1,
      maxItems: 50,
      items: {
        type: 'object',
        properties: {
          system: { type: 'string', description: 'Kind of identifier: a URI.' },
          value: { type: 'string', minLength: 1, maxLength: 100, description: 'The identifier itself.' },
        },
        required: ['system', 'value'],
      },
    },
    membersToMove: {
      type: 'array',
      minItems: 1,
      maxItems: 1000,
      items: referenceSchema,
      description: 'Active members who go over. One stays at least, and so does the head.',
    },
    newHead: { ...referenceTo('Who of them is to be the head of the new group.'), type: ['object', 'null'] },
  },
  required: ['newGroupIdentifier', 'membersToMove'],
};

const newHeadFaults = {
  type: () => fault('new_head_reference_malformed'),
  malformed: () => fault('new_head_identifier_malformed'),
};

/** Whom a body moves, each once, by the identifier that was sent; and who is to be the head of the new group. */
async function peopleNamed(call: MethodRun<SplitBody>) {
  const { membersToMove, newHead } = call.input;
  const keys = new Set(membersToMove.map(({ reference }) => keyIn(reference, 'Individual')));
  const headKey = newHead ? keyIn(newHead.reference, 'Individual', newHeadFaults) : undefined;
  const moved = new Map<number, string>();
  for (const identifier of keys) {
    const missing = () => fault('moved_person_not_found', { identifier });
    const person = await locateNamed(call, 'Individual', identifier, missing);
    if (!moved.has(person)) moved.set(person, identifier);
  }
  if (headKey === undefined) return { moved, newHead: undefined };
  const missing = () => fault('new_head_not_found', { identifier: headKey });
  const person = await locateNamed(call, 'Individual', headKey, missing);
  if (!moved.has(person)) throw fault('new_head_not_moved', { identifier: headKey });
  return { moved, newHead: person };
}

/** The memberships that end. @throws SallyportError [W11], [H17], [H18], [H19] */
function leavingOf(members: readonly GroupMembership[], moved: ReadonlyMap<number, string>) {
  if (members.length === 0) throw fault('group_split_failed');
  const present = new Set(members.map(({ individual }) => individual.id));
  for (const [person, identifier] of moved) {
    if (!present.has(person)) throw fault('moved_person_not_a_member', { identifier });
  }
  if (moved.size === members.length) throw fault('split_empties_group');
  const leaving = members.filter(({ individual }) => moved.has(individual.id));
  if (leaving.some(isHead)) throw fault('split_moves_head');
  return leaving;
}

/** Longest name of a group (`groupName`). */
const longestName = 500;

/** `Okello compound, second household` */
function nameAfter({ name, groupType }: Registrant): string {
  const addition = `, second ${groupType === null || groupType === 'other' ? 'group' : groupType}`;
  return `${[...name].slice(0, longestName - addition.length).join('')}${addition}`;
}

/**
 * `POST /Group/{id}/$split` (contract §10.11): some active members go over to a new group. One stays at least, and so does
 * the head.
 */
export const splitGroup = method<SplitBody>({
  on: 'record',
  path: '$split',
  scope: allOf('group:create', 'group:update'),
  status: 201,
  summary: 'Split members off into a new group',
  input,
  output: (record) => record('group'),
  responses: {
    201: {
      description: 'The new group.',
      headers: { location: { description: 'Address of the new group.', schema: { type: 'string' }, required: true } },
    },
  },
  async run(call: MethodRun<SplitBody>) {
    const { em } = call.inUnit;
    const source = call.primaryKey as number;
    const { moved, newHead } = await peopleNamed(call);
    const headRole = await findRole(em, head);
    if (newHead !== undefined && headRole === null) throw fault('group_split_failed');
    const told = await toldOfMembers(call, source);
    const { locked, at } = await lockGroups(em, [source], call);
    const from = locked.get(source);
    if (from === undefined) throw fault('record_gone');
    const create = async () =>
      (await call.create('group', {
        identifier: call.input.newGroupIdentifier,
        name: nameAfter(from),
        groupType: from.groupType ?? 'household',
      })) as number;
    // Who may not know of members hears first what is wrong with the new group; what was made is undone by a refusal.
    const before = told ? undefined : await create();
    const leaving = await discreetly(call, told, async () => leavingOf(await openMemberships(em, source, at), moved));
    const made = before ?? (await create());
    const group = em.getReference(Registrant, made);
    for (const membership of leaving) {
      const { individual } = membership;
      const { endedDate } = leave(membership, { at, call });
      const role = individual.id === newHead ? headRole : (membership.role ?? null);
      join(em, { group, individual }, role, { at, call, endedDate });
    }
    await markChange(from, 'split', call);
    const { value, address = '' } = await call.answer('group', made, { nulls: 'omit' });
    return outcome(value, { status: 201, headers: { location: address } });
  },
});
