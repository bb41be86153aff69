import { conformingTo } from '@sallyport/plugins/testing';
import type { OpenAPIObject } from 'openapi3-ts/oas31';
import { beforeAll, describe, expect, it } from 'vitest';
import { servers } from '../../src/settings.ts';
import { recordedRequests } from './recorded-requests.ts';
import { bootstrap } from './support/bootstrap.ts';
import { type Played, play } from './support/play.ts';
import { startOpenSpp } from './support/start-openspp.ts';

type Server = (typeof servers)[number];

const played = new Map<Server, ReadonlyMap<string, Played>>();
const answer = (server: Server, request: string): Played => {
  const found = played.get(server)?.get(request);
  if (found === undefined) throw new Error(`${server} was not asked: ${request}`);
  return found;
};

describe('Fastify, Express and Koa', () => {
  for (const server of servers) {
    beforeAll(async () => {
      await using running = await startOpenSpp({
        bootstrap,
        environment: { SERVER: server, BODY_LIMIT_BYTES: '65536' },
      });
      played.set(server, await play(running, recordedRequests));
      expect(running.printed().errors).toBe('');
    });
  }

  it('are asked 150 things at least, each by a name of its own', () => {
    expect(recordedRequests.length).toBeGreaterThanOrEqual(150);
    expect(new Set(recordedRequests.map(({ name }) => name)).size).toBe(recordedRequests.length);
  });

  it.each(recordedRequests)('answer alike, and as expected: $name', ({ name, status, code }) => {
    const { reply, transcript } = answer('fastify', name);
    const told = reply.body.toString();
    expect(reply.status, told).toBe(status);
    if (code !== undefined) expect((JSON.parse(told) as { readonly code?: string }).code, told).toBe(code);
    for (const other of ['express', 'koa'] as const) expect(answer(other, name).transcript, other).toBe(transcript);
  });

  it('answer as the document says', () => {
    const document = JSON.parse(answer('fastify', 'the document').reply.body.toString()) as OpenAPIObject;
    const { check } = conformingTo(document);
    for (const { name, method, target } of recordedRequests) {
      const { reply } = answer('fastify', name);
      // What Node's parser refuses reaches no API.
      if (!reply.headerLines.some((line) => /^x-request-id:/i.test(line))) continue;
      const headers = Object.fromEntries(
        reply.headerLines.map((line) => [
          line.slice(0, line.indexOf(':')).toLowerCase(),
          line.replace(/^[^:]*:\s*/, ''),
        ]),
      );
      check(method, target, { status: reply.status, headers, text: reply.body.toString() });
    }
  });
});
