import type { EntityModel, Expected, RouteCall, Services } from '@sallyport/core';
import { where } from '@sallyport/core';
import type { Consent } from '../entities/index.ts';
import { callerOf } from '../rules/caller.ts';
import { mentions } from '../rules/consents.ts';

/** Up to so many consents it is quicker to gather whom they are about than to look at people until a page is full. */
const few = 1000;
/** For how long an answer is good enough, in milliseconds: a wrong one costs time and changes nothing else. */
const goodFor = 60_000;
/** Most recipients that are remembered. */
const most = 1000;

interface Known {
  readonly rows: Expected;
  readonly until: number;
}

/** One memory for each API. */
const known = new WeakMap<Services, Map<string, Known>>();

/** Whether few or many consents, in whatever state, are meant for the caller. */
export async function expectedOf(call: RouteCall, consents: EntityModel): Promise<Expected> {
  const caller = callerOf(call);
  if (caller === undefined) return 'few';
  const recipients = known.get(call.services) ?? new Map<string, Known>();
  known.set(call.services, recipients);
  const name = `${caller.organization} ${caller.organizationType}`;
  const now = call.now.getTime();
  const found = recipients.get(name);
  if (found !== undefined && now < found.until) return found.rows;
  const count = await call.reader.count(consents, mentions(where<Consent>(consents), caller), 'estimated');
  const rows = count > few ? 'many' : 'few';
  if (recipients.size >= most) recipients.clear();
  recipients.set(name, { rows, until: now + goodFor });
  return rows;
}
