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

/** How a body is followed while it is sent. */
export interface Following {
  /** Told once, when it is over. */
  readonly ended: (ending: Ending) => void;
  /** Asked before a piece is read and before it is handed out; what it throws breaks the body off. */
  readonly check?: (() => Promise<void>) | undefined;
  /** Milliseconds after which it is broken off, whether or not anybody takes of it. */
  readonly longestMs?: number | undefined;
}

/**
 * A body that tells, once, how it ended. Whoever sends it cuts the connection at a fault, so that no half passes for all;
 * `cut` aborts for one that nobody asks for the next piece of.
 */
export function followed(
  body: Stream,
  { ended, check, longestMs }: Following,
): { readonly body: Stream; readonly cut?: AbortSignal } {
  const iterator = body[Symbol.asyncIterator]();
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const over = (ending: Ending) => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    ended(ending);
  };
  const faults: unknown[] = [];
  const breakOff = (error: unknown) => {
    faults.push(error);
    over({ kind: 'fault', error });
    Promise.resolve(iterator.return?.()).catch(() => {});
  };
  /** What is answered when it is over: the fault, once, and then that there is no more. */
  const stopped = (): IteratorResult<Uint8Array> => {
    if (faults.length > 0) throw faults.pop();
    return { done: true, value: undefined };
  };
  const pieces: AsyncIterator<Uint8Array> = {
    async next() {
      if (isOver) return stopped();
      try {
        await check?.();
        const step = await iterator.next();
        if (isOver) return stopped();
        if (step.done === true) over({ kind: 'sent' });
        else await check?.();
        return isOver && step.done !== true ? stopped() : step;
      } catch (error) {
        if (isOver) throw error;
        breakOff(error);
        return stopped();
      }
    },
    async return() {
      over({ kind: 'left' });
      await iterator.return?.();
      return { done: true, value: undefined };
    },
  };
  const stream: Stream = { [Symbol.asyncIterator]: () => pieces };
  if (longestMs === undefined) return { body: stream };
  const controller = new AbortController();
  timer = setTimeout(() => {
    const cause = new Error(`the answer was not taken within ${longestMs} ms`);
    breakOff(new SallyportError('timeout', { cause }));
    controller.abort();
  }, longestMs).unref();
  return { body: stream, cut: controller.signal };
}

/**
 * What a stream is told to have ended in; undefined when it was sent whole. Its status stays: the caller has heard it, and
 * sees the connection cut.
 */
export function errorOf(ending: Ending, { call, route, id }: Progress, log: Logger): SallyportError | undefined {
  if (ending.kind === 'sent') return undefined;
  if (ending.kind === 'left' || call?.departed === true) return new SallyportError('timeout');
  const error = asSallyportError(ending.error);
  const told = { err: loggable(error.cause ?? error), request: id, route: route?.route.name };
  // A caller who has lost its rights meanwhile is no fault of ours.
  if (error.status < 500) log.warn(told, error.code);
  else log.error(told, error.code);
  return error;
}

/** Lets go of a body that nobody will send. */
export function letGo(body: Stream): void {
  Promise.resolve(body[Symbol.asyncIterator]().return?.()).catch(() => {});
}
