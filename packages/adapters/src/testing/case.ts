import type { RawConnection, RawReply } from './raw-client.ts';
import type { RecordingApi } from './recording-api.ts';

/** What a case works with: a running host with two APIs in it, and raw connections to it. */
export interface Bench {
  /** Owns every target but those under `/second`, `/host` and `/absent`. */
  readonly api: RecordingApi;
  /** Owns what lies under `/second`. */
  readonly second: RecordingApi;
  /** A new connection, closed after the case. */
  connect(): Promise<RawConnection>;
  /** Sends a whole request on a new connection and reads its response. */
  exchange(request: string | Uint8Array, method?: string): Promise<RawReply>;
}

/** One thing that every adapter does alike. */
export interface ConformanceCase {
  /** Names the case in a subject's `skips`. */
  readonly name: string;
  /** Whether the host's JSON body parser stands before the adapter. */
  readonly parsedBodies?: boolean;
  run(bench: Bench): Promise<void>;
}

/** A request's head and body with the headers that it cannot do without. */
export function requestText(method: string, target: string, headers: readonly string[] = [], body = ''): string {
  const length = body === '' ? [] : [`Content-Length: ${body.length}`];
  return `${method} ${target} HTTP/1.1\r\n${['Host: api.test', ...headers, ...length].join('\r\n')}\r\n\r\n${body}`;
}

/** Waits until a condition holds; fails after five seconds, or as many as are told. */
export async function until(holds: () => boolean | Promise<boolean>, what: string, seconds = 5): Promise<void> {
  for (const start = Date.now(); !(await holds()); ) {
    if (Date.now() - start > seconds * 1000) throw new Error(`did not happen within ${seconds} s: ${what}`);
    await pause(5);
  }
}

/** Waits. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
