import express from 'express';
import { afterEach, describe, expect, it } from 'vitest';
import { expressAdapter } from './express.ts';
import { type RunningServer, serve } from './node.ts';
import { createRecordingApi } from './testing/index.ts';

describe('expressAdapter', () => {
  let running: RunningServer | undefined;
  afterEach(() => running?.close({ timeoutMs: 0 }));

  const post = (path: string, type: string, body: string) =>
    fetch(`${running?.url}${path}`, { method: 'POST', headers: { 'content-type': type }, body });

  it('matches the API’s own base path against the original target under a mount path', async () => {
    const api = createRecordingApi('api', (target) => target.startsWith('/v1/api/'));
    const app = express();
    app.use('/v1', expressAdapter(api));
    running = await serve(app);
    expect(await (await fetch(`${running.url}/v1/api/x?y=1`)).text()).toBe('api GET /v1/api/x?y=1');
    expect((await fetch(`${running.url}/v1/other`)).status).toBe(404);
    expect((await fetch(`${running.url}/api/x`)).status).toBe(404);
  });

  it('takes bytes and text of a host’s raw body parsers, and never a guess', async () => {
    const api = createRecordingApi('api', () => true);
    const app = express();
    app.use(express.raw({ type: 'x/raw' }), express.text({ type: 'x/text' }), express.urlencoded());
    app.use(expressAdapter(api));
    running = await serve(app);
    await post('/b', 'x/raw', 'raw');
    expect(api.last()).toMatchObject({ bodyKind: 'bytes', bytes: Buffer.from('raw') });
    await post('/b', 'x/text', 'té');
    expect(api.last()).toMatchObject({ bodyKind: 'bytes', bytes: Buffer.from('té') });
    await post('/b', 'application/x-www-form-urlencoded', 'a=1');
    expect(api.last()).toMatchObject({ bodyKind: 'parsed', value: { a: '1' } });
  });

  it('tells that a body was read and lost', async () => {
    const api = createRecordingApi('api', () => true);
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on('warning', note);
    const app = express();
    app.use(async (request, _, next) => {
      for await (const _chunk of request);
      next();
    });
    app.use(expressAdapter(api));
    running = await serve(app);
    await post('/b', 'application/json', '{}');
    expect(api.last()).toMatchObject({ bodyKind: 'parsed', value: undefined });
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', note);
    expect(warnings).toMatchObject([{ code: 'SALLYPORT_BODY_CONSUMED' }]);
  });

  it('keeps headers that the host set, lets the API’s win, and hides Express', async () => {
    const api = createRecordingApi('api', () => true);
    api.script('/h', () => ({ status: 200, headers: { 'cache-control': 'no-store' }, body: '{}' }));
    const app = express();
    app.use((_, response, next) => {
      response.set({ 'X-Host': 'kept', 'Cache-Control': 'public' });
      next();
    });
    app.use(expressAdapter(api));
    running = await serve(app);
    const { headers } = await fetch(`${running.url}/h`);
    const seen = ['x-host', 'cache-control', 'x-powered-by', 'etag', 'content-type'].map((name) => headers.get(name));
    expect(seen).toEqual(['kept', 'no-store', null, null, null]);
  });

  it('answers every address with unmatched: answer', async () => {
    const app = express();
    app.use(
      expressAdapter(
        createRecordingApi('api', () => false),
        { unmatched: 'answer' },
      ),
    );
    running = await serve(app);
    const response = await fetch(`${running.url}/nowhere`);
    expect([response.status, await response.text()]).toEqual([404, 'api GET /nowhere']);
  });

  it('answers a head that Node cannot write by a bare problem', async () => {
    const api = createRecordingApi('api', () => true);
    api.script('/h', () => ({ status: 200, headers: { 'x-bad': 'a\r\nb' }, body: 'secret' }));
    running = await serve(express().use(expressAdapter(api)));
    const response = await fetch(`${running.url}/h`);
    expect([response.status, await response.json()]).toEqual([
      500,
      { type: 'about:blank', title: 'Internal Server Error', status: 500 },
    ]);
  });
});
