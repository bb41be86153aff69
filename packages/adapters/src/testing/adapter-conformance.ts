import type { RequestHandler } from '@sallyport/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bench, ConformanceCase } from './case.ts';
import { connectionCases } from './connection-cases.ts';
import { hostCases } from './host-cases.ts';
import { openConnection, type RawConnection } from './raw-client.ts';
import { createRecordingApi } from './recording-api.ts';
import { requestCases } from './request-cases.ts';
import { responseCases } from './response-cases.ts';

/** A host that listens. */
export interface RunningHost {
  readonly origin: { readonly host: string; readonly port: number };
  close(): Promise<void>;
}

/** What else stands in the host. */
export interface HostSetting {
  /** A second API, served by an adapter of its own after the first. */
  readonly second: RequestHandler;
  /** Whether the host's JSON body parser stands before the adapters. */
  readonly parsedBodies: boolean;
}

/** An adapter to be tested, in a host of its own. */
export interface AdapterSubject {
  readonly name: string;
  /**
   * Starts a host on 127.0.0.1, port 0, that serves the APIs with `unmatched: 'pass'` and has two routes of its own:
   * `GET /host/before`, in place before the adapters, and `GET /host/after`, after them. They answer 200 with the text
   * `before` and `after`; anything else that reaches the host is answered 404.
   */
  start(api: RequestHandler, setting: HostSetting): Promise<RunningHost>;
  /** Cases that cannot hold, by name, with the reason; it is printed with the result. */
  readonly skips?: Readonly<Record<string, string>>;
}

/** Every case that {@link adapterConformance} runs. */
export const adapterCases: readonly ConformanceCase[] = [
  ...requestCases,
  ...responseCases,
  ...connectionCases,
  ...hostCases,
];

/**
 * Declares the vitest suite that every adapter passes: the same requests, sent byte by byte over TCP, must reach the
 * API alike and be answered by the same bytes, whatever the framework.
 *
 * @see docs/reference/adapters.md#conformance
 */
export function adapterConformance(subject: AdapterSubject): void {
  const { name, skips = {} } = subject;
  describe(`adapter conformance: ${name}`, () => {
    it('skips only cases that exist', () => {
      const names = new Set(adapterCases.map((candidate) => candidate.name));
      expect(Object.keys(skips).filter((skipped) => !names.has(skipped))).toEqual([]);
    });
    for (const parsedBodies of [false, true]) {
      describe(parsedBodies ? 'behind a body parser' : 'raw', () => suite(subject, parsedBodies));
    }
  });
}

function suite(subject: AdapterSubject, parsedBodies: boolean): void {
  const api = createRecordingApi('first', (target) => !/^\/(second|host|absent)(\/|$)/.test(target));
  const second = createRecordingApi('second', (target) => target.startsWith('/second/'));
  let host: RunningHost;
  beforeAll(async () => {
    host = await subject.start(api, { second, parsedBodies });
  });
  afterAll(() => host?.close());
  for (const candidate of adapterCases) {
    if ((candidate.parsedBodies ?? false) !== parsedBodies) continue;
    it(candidate.name, async (context) => {
      const reason = subject.skips?.[candidate.name];
      if (reason !== undefined) context.skip(reason);
      const opened: RawConnection[] = [];
      const connect = async () => {
        const connection = await openConnection(host.origin);
        opened.push(connection);
        return connection;
      };
      const exchange: Bench['exchange'] = async (request, method) => {
        const connection = await connect();
        await connection.send(request);
        return connection.reply(method);
      };
      try {
        await candidate.run({ api, second, connect, exchange });
      } finally {
        for (const connection of opened) connection.destroy();
      }
    });
  }
}
