import { type CallContext, canonicalTimestamp, type JsonSchema, method, page } from '@sallyport/core';
import type { GroupMembership } from '../entities/index.ts';
import { fault } from '../errors.ts';
import { pageSchema } from '../page-schema.ts';
import { conditionsOn } from '../rules/look-up.ts';

/** A membership as the resource `membership_event` shows it. */
interface Membership {
  readonly member?: unknown;
  readonly role?: unknown;
  readonly added: string;
  readonly addedBy?: string;
  readonly ended?: string;
  readonly endedBy?: string;
}

/** An event, of what a membership shows. */
function eventSchema({ properties }: JsonSchema): JsonSchema {
  const { member, role } = properties as Readonly<Record<string, JsonSchema>>;
  return {
    title: 'MembershipEvent',
    type: 'object',
    properties: {
      timestamp: { type: 'string', description: 'When it was, in UTC (ISO 8601).' },
      action: { type: 'string', enum: ['added', 'removed'], description: 'Whether the person came or left.' },
      member: { ...member, description: 'The person; absent where it may not be told.' },
      newRole: { ...role, description: 'The role with which the person came.' },
      oldRole: { ...role, description: 'The role that the person left.' },
      changedBy: { type: 'string', description: 'The client that recorded it.' },
    },
    required: ['timestamp', 'action'],
  };
}

interface Event {
  readonly timestamp: string;
  readonly action: 'added' | 'removed';
}

/** Each membership tells of its beginning and, once it is over, of its end. */
function eventsOf({ member, role, added, addedBy, ended, endedBy }: Membership, { now }: CallContext): Event[] {
  const events: Event[] = [{ timestamp: added, action: 'added', member, newRole: role, changedBy: addedBy } as Event];
  if (ended !== undefined && Date.parse(ended) <= now.getTime()) {
    events.push({ timestamp: ended, action: 'removed', member, oldRole: role, changedBy: endedBy } as Event);
  }
  return events;
}

/** `_since` in the form of the events' own times: text order is then time order. @throws SallyportError [S9] */
function since(text: unknown): string {
  if (typeof text !== 'string' || text === '') return '';
  // A plus sign that was not percent-encoded has become a space.
  const instant = canonicalTimestamp(text.replace(/ (?=\d{2}:?\d{2}$)/, '+'));
  if (instant === undefined) throw fault('since_malformed');
  return instant.replace(' ', 'T').replace('Z', '');
}

/** `GET /Group/{id}/membership-history` (contract §10.12), newest first. A group's memberships are few: all are looked at. */
export const membershipHistory = method({
  on: 'record',
  verb: 'GET',
  path: 'membership-history',
  scope: 'group:read',
  summary: 'List who joined and left a group',
  parameters: [
    { name: '_since', schema: { type: 'string' }, description: 'Only events from this date-time on (ISO 8601).' },
    {
      name: '_count',
      schema: { type: 'integer', minimum: 1, maximum: 500, default: 100 },
      description: 'Events on a page.',
    },
    { name: '_offset', schema: { type: 'integer', minimum: 0, default: 0 }, description: 'Events to skip.' },
  ],
  output: (record) => pageSchema(eventSchema(record('membership_event', { nulls: 'omit' }))),
  async run(call) {
    if (!(await call.records('group').shows(call.primaryKey, 'member'))) throw fault('forbidden');
    const { _since, _count = 100, _offset = 0 } = call.parameters;
    const from = since(_since);
    const on = conditionsOn<GroupMembership>(call, 'membership_event');
    const { items } = await call
      .records('membership_event')
      .list({ where: on.eq('group', call.primaryKey as number), nulls: 'omit' });
    // The resource's own fields have this form.
    const events = (items as unknown as readonly Membership[])
      .flatMap((membership) => eventsOf(membership, call))
      .filter(({ timestamp }) => timestamp >= from)
      .sort((a, b) => (a.timestamp === b.timestamp ? order(b) - order(a) : a.timestamp < b.timestamp ? 1 : -1));
    const [limit, offset] = [Number(_count), Number(_offset)];
    return page({ items: events.slice(offset, offset + limit), total: events.length, offset, limit });
  },
});

/** Of two events of one moment the end is the later one. */
const order = ({ action }: Event): number => (action === 'removed' ? 1 : 0);
