import { Agent, request } from 'undici';
import type { Caller, Callers } from './prepare.ts';
import type { Asked, Measured } from './requests.ts';

/** Milliseconds of some requests, ascending. */
export type Times = Float64Array;

/** The value that so great a part of the times does not exceed. */
export const percentile = (times: Times, part: number): number =>
  times[Math.min(times.length - 1, Math.ceil(times.length * part) - 1)] ?? Number.NaN;

/** What requests of one kind came to. */
export interface Figures {
  readonly measured: Measured;
  /** Asked one after another. */
  readonly alone: Times;
  /** Requests each second while several were asked at once; undefined where only some were made. */
  readonly perSecond: number | undefined;
}

/** How long and how hard. */
export interface MeasureOptions {
  readonly seconds: number;
  readonly connections: number;
}

/** Asks a running API. */
export class Asker {
  readonly #agent: Agent;
  readonly #base: string;
  readonly #tokens = new Map<keyof Callers, string>();

  constructor(base: string, connections: number) {
    this.#base = base;
    this.#agent = new Agent({ connections, pipelining: 1, bodyTimeout: 0, headersTimeout: 0 });
  }

  /** Gets a token for each caller. */
  async login(callers: Callers): Promise<void> {
    for (const [name, { clientId, secret }] of Object.entries(callers) as [keyof Callers, Caller][]) {
      const body = { grant_type: 'client_credentials', client_id: clientId, client_secret: secret };
      const answer = await request(`${this.#base}/oauth/token`, {
        dispatcher: this.#agent,
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const told = (await answer.body.json()) as { readonly access_token: string };
      this.#tokens.set(name, told.access_token);
    }
  }

  /** Sends one request; answers its body. @throws Error for a status that is not of success */
  async ask(
    as: keyof Callers,
    { method, path, body }: Asked,
    accept = 'application/json',
  ): Promise<NodeJS.ReadableStream> {
    const headers = { authorization: `Bearer ${this.#tokens.get(as)}`, accept, 'content-type': 'application/json' };
    const answer = await request(`${this.#base}${path}`, {
      dispatcher: this.#agent,
      method: method as 'GET',
      headers,
      body: body === undefined ? null : JSON.stringify(body),
    });
    if (answer.statusCode >= 300)
      throw new Error(`${method} ${path}: ${answer.statusCode} ${await answer.body.text()}`);
    return answer.body;
  }

  /** Sends one request and reads its answer; answers the milliseconds and the body. */
  async time(as: keyof Callers, asked: Asked): Promise<readonly [milliseconds: number, body: string]> {
    const begun = performance.now();
    let text = '';
    for await (const chunk of await this.ask(as, asked)) text += chunk;
    return [performance.now() - begun, text];
  }

  close(): Promise<void> {
    return this.#agent.close();
  }
}

/** Measures one kind: some requests to warm up, then one after another, then several at once. */
export async function measureKind(asker: Asker, measured: Measured, options: MeasureOptions): Promise<Figures> {
  let n = 0;
  const next = async () => (await asker.time(measured.as, measured.request(n++)))[0];
  for (let warm = 0; warm < 3; warm += 1) await next();
  const { most = Number.POSITIVE_INFINITY } = measured;
  const times: number[] = [];
  // Slow ones are asked often enough for a percentile to mean something.
  const end = performance.now() + options.seconds * 1000;
  while (times.length < most && (performance.now() < end || times.length < 20)) times.push(await next());
  const alone = Float64Array.from(times).sort();
  if (measured.most !== undefined) return { measured, alone, perSecond: undefined };
  const begun = performance.now();
  let done = 0;
  const loop = async () => {
    while (performance.now() - begun < options.seconds * 1000) {
      await next();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: options.connections }, loop));
  return { measured, alone, perSecond: (done * 1000) / (performance.now() - begun) };
}

/** Follows `next` from a page; answers the milliseconds of each page. */
export async function followPages(
  asker: Asker,
  as: keyof Callers,
  { base, from, pages }: { readonly base: string; readonly from: number; readonly pages: number },
): Promise<readonly number[]> {
  const times: number[] = [];
  let path: string | undefined = `/Individual?_offset=${(from - 1) * 20}`;
  while (path !== undefined && times.length < pages) {
    const [milliseconds, text] = await asker.time(as, { method: 'GET', path });
    const { data, links } = JSON.parse(text) as {
      readonly data: readonly unknown[];
      readonly links: { readonly next?: string | null };
    };
    if (data.length === 0) break;
    times.push(milliseconds);
    path = links.next?.replace(new URL(base).pathname, '');
  }
  return times;
}

/** Reads everybody as a stream; answers how many they were, and in how many seconds. */
export async function streamAll(
  asker: Asker,
  as: keyof Callers,
): Promise<{ readonly lines: number; readonly seconds: number }> {
  const begun = performance.now();
  let lines = 0;
  for await (const chunk of await asker.ask(as, { method: 'GET', path: '/Individual' }, 'application/x-ndjson')) {
    for (const byte of chunk as Buffer) if (byte === 10) lines += 1;
  }
  return { lines, seconds: (performance.now() - begun) / 1000 };
}
