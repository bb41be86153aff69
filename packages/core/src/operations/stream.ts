import type { SearchOptions, StreamOptions } from '../descriptor/operations.ts';
import { acceptable } from '../http/index.ts';
import type { ResourcePlan } from '../plan/resource-plan.ts';
import type { Shape } from '../plan/shape.ts';
import { all, type Condition } from '../query/condition.ts';
import { invalidParameter } from '../query/fault.ts';
import type { OrderTerm } from '../query/order.ts';
import { totalOrder } from '../query/ordering.ts';
import { segmentsOf } from '../query/segments.ts';
import type { ApiContext } from '../road/api-context.ts';
import type { Outcome, RouteCall } from '../road/route.ts';
import type { Row } from '../store/selection.ts';
import { Records } from './records.ts';
import { conditionOf } from './search.ts';

/** One JSON text a line (https://github.com/ndjson/ndjson-spec), as a streamed search answers. */
export const ndjson = 'application/x-ndjson';

/** Records of the first page, so that an answer begins soon and large records show how large they are. */
const FIRST = 16;
const MOST = 500;
/** Bytes of a page: above the larger one the next page has half its records, below the smaller one twice as many. */
const HEAVY = 1024 * 1024;
const LIGHT = HEAVY / 4;
/** Milliseconds that a stream may last, and streams that a caller may have at once. */
const LONGEST = 3_600_000;
const AT_ONCE = 4;

/** Whether a caller had rather have all records in one answer than a page of them. */
export function wantsStream({ stream }: SearchOptions, { head }: RouteCall): boolean {
  return Boolean(stream) && acceptable(head.headers.accept, ['application/json', ndjson]) === ndjson;
}

/**
 * Answers every record that a search matches, one a line, under the rules of a page: domain, policies, filters, masks. They
 * are read by pages behind which nothing stays open, by keyset, no faster than the caller reads; what is held of them is
 * one page. Where nobody asks for an order it is that of the primary key, in which no record comes twice.
 *
 * The first page is read before the answer begins: what is wrong with a search is told as ever.
 *
 * @throws SallyportError `invalid_parameter` for a parameter of paging, `too_many_requests` for more streams at once than a
 * caller may have, and whatever a search throws
 * @see docs/guides/exports.md
 */
export async function streamSearch(
  plan: ResourcePlan,
  options: SearchOptions,
  call: RouteCall,
  api: ApiContext,
): Promise<Outcome> {
  refusePaging(call, api);
  const request = await api.dialect.search(call, plan);
  const order = request.unordered === true ? totalOrder([], plan.model) : request.order;
  const records = new Records(plan, call, call.reader, api);
  const shape = records.shape({
    ...(options.nulls === undefined ? {} : { nulls: options.nulls }),
    representation: request,
    versioned: false,
    order,
  });
  const source: Source = { records, shape, order, where: conditionOf(plan, options, call, request), call };
  const { page = MOST, longestMs = LONGEST, atOnce = AT_ONCE } = optionsOf(options);
  const lines = linesOf(source, page, api);
  const answer = { kind: 'raw', status: 200, headers: { 'content-type': ndjson }, longestMs } as const;
  // Nobody reads the lines of a HEAD.
  if (call.head.method === 'HEAD') return { ...answer, body: lines };
  const leave = api.streams.enter(call, atOnce);
  try {
    return { ...answer, body: resumed(lines, await lines.next(), leave) };
  } catch (error) {
    leave();
    throw error;
  }
}

interface Source {
  readonly records: Records;
  readonly shape: Shape;
  readonly order: readonly OrderTerm[];
  readonly where: Condition;
  readonly call: RouteCall;
}

type Lines = AsyncGenerator<Uint8Array, void, undefined>;

const optionsOf = ({ stream }: SearchOptions): StreamOptions => (typeof stream === 'object' ? stream : {});

/** A stream has no pages, so that nothing of them is passed over in silence. */
function refusePaging({ query }: RouteCall, { dialect }: ApiContext): void {
  const { limit, offset, cursor } = dialect.names;
  const sent = query.find(([name]) => name === limit || name === offset || name === cursor);
  if (sent === undefined) return;
  throw invalidParameter(sent[0], 'all records are asked for in one answer, which has no pages', undefined, {
    code: 'unknown',
    input: sent[1],
  });
}

/** Pages as lines. What plugins keep of a page they have before it is sent. */
async function* linesOf(source: Source, most: number, api: ApiContext): Lines {
  const { records, shape, call } = source;
  let size = Math.min(FIRST, most);
  const pages = pagesOf(source, () => size);
  let isEmpty = true;
  for await (const rows of pages) {
    let text = '';
    for (const row of rows) text += `${JSON.stringify(records.encode(shape, row))}\n`;
    isEmpty = false;
    await api.partShown(call);
    const bytes = Buffer.from(text);
    if (bytes.byteLength > HEAVY) size = Math.max(1, Math.floor(size / 2));
    else if (bytes.byteLength < LIGHT) size = Math.min(most, size * 2);
    yield bytes;
  }
  // Nothing was shown, which is told like all that is.
  if (isEmpty) await api.partShown(call);
}

async function* pagesOf({ shape, order, where, call }: Source, size: () => number): AsyncGenerator<readonly Row[]> {
  const { selection, place } = shape;
  for (const segment of segmentsOf(order)) {
    let rest = segment.where;
    for (;;) {
      const limit = size();
      const { rows } = await call.reader.read(
        { selection, where: all(where, rest), order: segment.order, limit, apart: true },
        call,
      );
      const last = rows.at(-1);
      if (last === undefined) break;
      yield rows;
      if (rows.length < limit || place === undefined) break;
      rest = all(segment.where, segment.after(place(last)));
    }
  }
}

/** Lines whose first piece was taken already. Tells when nobody takes any more, even one who has taken none. */
function resumed(
  lines: Lines,
  first: IteratorResult<Uint8Array, void>,
  leave: () => void,
): AsyncIterable<Uint8Array, void> {
  let taken: typeof first | undefined = first;
  const next = async () => {
    const step = taken ?? (await lines.next());
    taken = undefined;
    if (step.done === true) leave();
    return step;
  };
  return {
    [Symbol.asyncIterator]: () => ({
      next: () =>
        next().catch((error) => {
          leave();
          throw error;
        }),
      return() {
        leave();
        return lines.return();
      },
    }),
  };
}
