import { documentRequests } from './requests/documents.ts';
import { hostileRequests } from './requests/hostile.ts';
import { memberRequests } from './requests/members.ts';
import { readRequests } from './requests/reads.ts';
import type { RecordedRequest } from './requests/request.ts';
import { searchRequests } from './requests/searches.ts';
import { tokenRequests } from './requests/tokens.ts';
import { writeRequests } from './requests/writes.ts';

/** What the servers are asked, in this order: some change what later ones see. */
export const recordedRequests: readonly RecordedRequest[] = [
  ...tokenRequests,
  ...documentRequests,
  ...searchRequests,
  ...readRequests,
  ...writeRequests,
  ...memberRequests,
  ...hostileRequests,
];
