import type { Envelope } from '@sallyport/core';
import { jsonRpcError } from './error.ts';
import { errorSchema, pageSchema, replySchema } from './schemas.ts';

/**
 * The replies of Secure API (its contract, sections 1 and 5): every one is `{"jsonrpc": "2.0", "id": null, …}` with a
 * `result` or an `error`. A search answers `{"length", "records"}`, a create 200, a delete the list of what it deleted.
 * For its way to write unset values see {@link secureApiRepresentation}, for its errors {@link jsonRpcError}.
 *
 * @see docs/reference/envelopes.md
 */
export function jsonRpc(): Envelope {
  return {
    name: 'json-rpc',
    createdStatus: 200,
    record: reply,
    result: reply,
    page: ({ total, items }) => reply({ length: total ?? null, records: items }),
    deleted: (key) => ({ status: 200, value: reply([key]) }),
    error: jsonRpcError,
    schemas: {
      record: replySchema,
      result: replySchema,
      page: (item) => replySchema(pageSchema(item)),
      deleted: (key) => ({ status: 200, schema: replySchema({ type: 'array', items: key, minItems: 1, maxItems: 1 }) }),
      error: { 'application/json': errorSchema },
    },
  };
}

/** A result of nothing is `null`: a reply without `result` would not be one. */
function reply(result: unknown): { readonly jsonrpc: '2.0'; readonly id: null; readonly result: unknown } {
  return { jsonrpc: '2.0', id: null, result: result === undefined ? null : result };
}
