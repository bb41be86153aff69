import type { HandleOptions, RawRequest, RawResponse, RequestHandler } from '@sallyport/core';
import { problem, warn } from './problem.ts';

// What every adapter does, whatever its host. Nothing here needs Node, so that the Fetch handler runs anywhere.

/** Whether the adapter takes the request from the host. */
export function takes(api: RequestHandler, target: string, options: HandleOptions): boolean {
  return options.unmatched === 'answer' || api.owns(target);
}

/** Asks the API; should it break its promise never to reject, the caller gets a bare 500 and the operator a warning. */
export async function ask(
  api: RequestHandler,
  request: RawRequest,
  options: HandleOptions,
): Promise<RawResponse | undefined> {
  try {
    return await api.handle(request, options);
  } catch (error) {
    return fault(error);
  }
}

/** The answer to a fault of ours, told to the operator. */
export function fault(error: unknown): RawResponse {
  warn('SALLYPORT_ADAPTER_FAULT', error instanceof Error ? (error.stack ?? error.message) : String(error));
  return problem(500);
}

/** Statuses whose responses end with their head (RFC 9110 sections 15.3.5, 15.3.6, 15.4.5). */
export function isBodiless(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}

/**
 * The response's headers with the framing that an adapter owes, `content-length` and `connection`. `length` is that
 * of the body in bytes, absent for a stream; a `HEAD` is told the length that a `GET` would have (RFC 9110 section 8.6).
 */
export function framedHeaders(
  response: RawResponse,
  method: string,
  length: number | undefined,
): Record<string, string | string[]> {
  const { status, body } = response;
  const fields: Record<string, string | string[]> = {};
  for (const name of Object.keys(response.headers)) {
    const value = response.headers[name];
    if (value !== undefined) fields[name] = typeof value === 'string' ? value : [...value];
  }
  if (status === 204) delete fields['content-length'];
  else if (status === 205) fields['content-length'] = '0';
  else if (status !== 304) {
    if (length !== undefined) fields['content-length'] = String(length);
    else if (body === undefined && method !== 'HEAD') fields['content-length'] = '0';
  }
  if (response.close === true) fields.connection = 'close';
  return fields;
}
