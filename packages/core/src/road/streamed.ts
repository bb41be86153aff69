import { SallyportError } from '../errors/index.ts';
import type { RawResponse } from '../http/index.ts';
import type { Logger } from '../services/index.ts';
import { asSallyportError } from './error-wording.ts';
import { loggable } from './loggable.ts';
import type { Progress } from './progress.ts';

type Stream = AsyncIterable<Uint8Array>;

/** How a streamed body came to its end: sent whole, given up because the caller has left, or broken off by a fault. */
export type Ending =
  | { readonly kind: 'sent' }
  | { readonly kind: 'left' }
  | { readonly kind: 'fault'; readonly error: unknown };

/** Whether a body is sent piece by piece. */
export function isStream(body: RawResponse['body']): body is Stream {
  return typeof body === 'object' && !(body instanceof Uint8Array);
}

/** A body that tells, once, how it ended. Whoever sends it cuts the connection at a fault, so that no half passes for all. */
export function followed(body: Stream, ended: (ending: Ending) => void): Stream {
  let isOver = false;
  const over = (ending: Ending) => {
    if (isOver) return;
    isOver = true;
    ended(ending);
  };
  return {
    [Symbol.asyncIterator]() {
      const iterator = body[Symbol.asyncIterator]();
      return {
        async next() {
          try {
            const step = await iterator.next();
            if (step.done === true) over({ kind: 'sent' });
            return step;
          } catch (error) {
            over({ kind: 'fault', error });
            throw error;
          }
        },
        async return() {
          over({ kind: 'left' });
          await iterator.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

/**
 * What a stream is told to have ended in; undefined when it was sent whole. Its status stays: the caller has heard it, and
 * sees the connection cut.
 */
export function errorOf(ending: Ending, { call, route, id }: Progress, log: Logger): SallyportError | undefined {
  if (ending.kind === 'sent') return undefined;
  if (ending.kind === 'left' || call?.departed === true) return new SallyportError('timeout');
  const error = asSallyportError(ending.error);
  log.error({ err: loggable(error.cause ?? error), request: id, route: route?.route.name }, error.code);
  return error;
}

/** Lets go of a body that nobody will send. */
export function letGo(body: Stream): void {
  Promise.resolve(body[Symbol.asyncIterator]().return?.()).catch(() => {});
}
