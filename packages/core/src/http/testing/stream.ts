import type { RawBody } from '../message.ts';

/** A stream that counts what was taken of it and whether it was destroyed. */
export function streamOf(...chunks: readonly (string | Uint8Array)[]) {
  const seen = { taken: 0, returned: false };
  const stream: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      next: async () => {
        const chunk = chunks[seen.taken];
        if (chunk === undefined) return { done: true, value: undefined };
        seen.taken++;
        return { done: false, value: typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk };
      },
      return: async () => {
        seen.returned = true;
        return { done: true, value: undefined };
      },
    }),
  };
  return { raw: { kind: 'stream', stream } satisfies RawBody, seen };
}
