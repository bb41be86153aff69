import type { RawResponse } from '@sallyport/core';

/** A problem whose body is text, ready for the wire. */
export type ProblemResponse = RawResponse & { readonly body: string };

/** Statuses that an adapter answers by itself, with their reason phrases (RFC 9110 section 15). */
const titles = {
  400: 'Bad Request',
  404: 'Not Found',
  408: 'Request Timeout',
  413: 'Content Too Large',
  417: 'Expectation Failed',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
} as const;

/** A status that {@link problem} can answer with. */
export type ProblemStatus = keyof typeof titles;

/**
 * The problem details (RFC 9457) that an adapter writes where no API can: the request could not be parsed, or the API
 * broke its promise never to reject. It says the status and nothing else, and the connection is closed after it.
 */
export function problem(status: ProblemStatus): ProblemResponse {
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
    body: JSON.stringify({ type: 'about:blank', title: titles[status], status }),
    close: true,
  };
}

/**
 * Tells the operator about a fault that no caller may see. An adapter has no logger of its own: the process's warning
 * channel reaches stderr by default, and every monitor that listens for `warning`.
 */
export function warn(code: 'SALLYPORT_BODY_CONSUMED' | 'SALLYPORT_ADAPTER_FAULT', message: string): void {
  globalThis.process?.emitWarning?.(message, { type: 'SallyportWarning', code });
}
