import { describe, expect, it } from 'vitest';
import type { SallyportError } from '../errors/index.ts';
import type { RawBody } from '../http/index.ts';
import { overOneNote, problemOf, route, send } from './fixtures/probe.ts';
import type { Outcome, RouteDefinition } from './route.ts';

const started = overOneNote();

/** An API whose route tells what kind of body it was handed, or does with an unreadable one as it is told. */
const api = (unreadable: 'refused' | 'handed-over' | undefined, answer?: (error: SallyportError) => Outcome) => {
  const body: RouteDefinition['body'] = { kinds: ['json'], limit: 20, ...(unreadable && { unreadable }) };
  return started({
    plugins: [
      route({
        method: 'POST',
        scope: 'public',
        body,
        handle: (call) => {
          if (call.body.kind === 'unreadable') {
            if (answer === undefined) throw call.body.error;
            return answer(call.body.error);
          }
          return { kind: 'value', status: 200, value: { kind: call.body.kind } };
        },
      }),
    ],
  });
};

async function* chunks(...texts: readonly string[]): AsyncIterable<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}
const stream =
  (...texts: readonly string[]) =>
  (): RawBody => ({ kind: 'stream', stream: chunks(...texts) });

const json = ['Content-Type', 'application/json'];
const bodies: readonly (readonly [string, readonly string[], () => RawBody, number, string])[] = [
  ['too large by its head', [...json, 'Content-Length', '21'], stream('x'.repeat(21)), 413, 'body_too_large'],
  ['too large', [...json, 'Transfer-Encoding', 'chunked'], stream('x'.repeat(20), 'x'), 413, 'body_too_large'],
  [
    'of another type',
    ['Content-Type', 'text/plain', 'Content-Length', '2'],
    stream('{}'),
    415,
    'unsupported_media_type',
  ],
  ['malformed', [...json, 'Content-Length', '1'], stream('{'), 400, 'malformed_body'],
];

describe.each(bodies)('a body that is %s', (_, headers, body, status, code) => {
  const posted = () => ({ method: 'POST', headers, body: body() });

  it('is refused before the handler is asked', async () => {
    for (const how of ['refused', undefined] as const) {
      const refused = await send(
        await api(how, () => ({ kind: 'value', status: 200, value: {} })),
        '/api/probe',
        posted(),
      );
      expect(refused?.status).toBe(status);
    }
  });

  it('is refused in the same words where the handler throws what it was handed', async () => {
    const [usual, handed] = [await send(await api(undefined), '/api/probe', posted()), await api('handed-over')];
    const refused = await send(handed, '/api/probe', posted());
    expect([refused?.status, refused?.close]).toEqual([usual?.status, usual?.close]);
    const { instance: _id, ...problem } = problemOf(refused);
    expect(problem).toMatchObject({ code });
    expect({ ...problemOf(usual), instance: undefined }).toEqual({ ...problem, instance: undefined });
  });

  it('is answered otherwise where the handler does so, and the connection ends', async () => {
    const answer = (error: SallyportError): Outcome => ({ kind: 'raw', status: 429, body: error.code, headers: {} });
    const answered = await send(await api('handed-over', answer), '/api/probe', posted());
    expect(answered).toMatchObject({ status: 429, body: code, close: true });
  });
});

it('hands over what can be read as ever', async () => {
  const answered = await send(await api('handed-over'), '/api/probe', {
    method: 'POST',
    headers: [...json, 'Content-Length', '2'],
    body: stream('{}')(),
  });
  expect(answered).toMatchObject({ status: 200, body: '{"kind":"json"}' });
});

it('tells nobody of a body before its credentials are judged, where bodies are read first', async () => {
  const guarded = route({
    method: 'POST',
    scope: ['all'],
    body: { kinds: ['json'], limit: 20, unreadable: 'handed-over' },
    handle: ({ body }) => ({ kind: 'value', status: 200, value: { kind: body.kind } }),
  });
  const first = await started({ plugins: [guarded], strictness: { bodyBeforeCredentials: true } });
  const large = (more: readonly string[]) => ({ method: 'POST', headers: [...json, 'Content-Length', '21', ...more] });
  const sent = async (more: readonly string[]) => send(first, '/api/probe', { ...large(more), body: stream()() });
  expect((await sent([]))?.status).toBe(401);
  expect(await sent(['Authorization', 'Bearer full'])).toMatchObject({ status: 200, body: '{"kind":"unreadable"}' });
});
