import { assertFieldValue, formatEntityTag, isNotModified, type RawResponse } from '../http/index.ts';
import type { OutgoingResponse, PluginHooks, ReceivedRequest } from '../plugin/plugin.ts';
import type { CallContext, RequestHead } from './call.ts';
import type { Outcome } from './route.ts';
import { isStream, letGo } from './streamed.ts';

/** A response while it is being made. */
export class ResponseDraft implements OutgoingResponse {
  status: number;
  body: RawResponse['body'] = undefined;
  close = false;
  /** How long a streamed body may take to be sent, in milliseconds. */
  longestMs: number | undefined;
  readonly #headers: Record<string, string>;

  constructor(status: number, defaults: Readonly<Record<string, string>>) {
    this.status = status;
    this.#headers = { ...defaults };
  }

  /** @throws SallyportError `internal` for what cannot stand in a field value (RFC 9110 section 5.5) */
  setHeader(name: string, value: string): void {
    const field = name.toLowerCase();
    assertFieldValue(field, value);
    this.#headers[field] = value;
  }

  appendHeader(name: string, value: string): void {
    const field = name.toLowerCase();
    const present = (this.#headers[field] ?? '')
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
    const known = new Set(present.map((part) => part.toLowerCase()));
    const added = value
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '' && !known.has(part.toLowerCase()));
    this.setHeader(field, [...present, ...added].join(', '));
  }

  finish(method: string): RawResponse {
    const bodiless = method === 'HEAD' || this.status === 204 || this.status === 304;
    const headers = this.#headers;
    if (typeof this.body === 'string' && this.status !== 204 && this.status !== 304) {
      headers['content-length'] = String(Buffer.byteLength(this.body));
    }
    return {
      status: this.status,
      headers,
      ...(this.body === undefined || bodiless ? {} : { body: this.body }),
      ...(this.close ? { close: true } : {}),
    };
  }
}

/** Writes an outcome into a draft: JSON of its value, entity tag, and 304 where the caller has it already. */
export function writeOutcome(draft: ResponseDraft, outcome: Outcome, head: RequestHead): void {
  draft.status = outcome.status;
  for (const [name, value] of Object.entries(outcome.headers ?? {})) draft.setHeader(name, value);
  if (outcome.kind === 'raw') {
    draft.body = outcome.body;
    draft.longestMs = outcome.longestMs;
    return;
  }
  if (outcome.etag !== undefined) {
    draft.setHeader('etag', formatEntityTag(outcome.etag));
    const safe = head.method === 'GET' || head.method === 'HEAD' || head.method === 'QUERY';
    if (safe && outcome.status === 200 && isNotModified(head.headers, { etag: outcome.etag })) {
      draft.status = 304;
      return;
    }
  }
  if (outcome.value === undefined || draft.status === 204) return;
  if (outcome.headers?.['content-type'] === undefined)
    draft.setHeader('content-type', 'application/json; charset=utf-8');
  draft.body = JSON.stringify(outcome.value);
}

/** Lets hooks dress a response; a body that they fail to dress is let go of. */
export function dress(
  draft: ResponseDraft,
  hooks: readonly NonNullable<PluginHooks['onResponse']>[],
  received: ReceivedRequest,
  call: CallContext | undefined,
): void {
  try {
    for (const hook of hooks) hook(draft, received, call);
  } catch (error) {
    if (isStream(draft.body)) letGo(draft.body);
    throw error;
  }
}

/** Milliseconds since a start, for logs. */
export function elapsed(started: number): number {
  return Math.round((performance.now() - started) * 1000) / 1000;
}
