import Koa from 'koa';
import { afterEach, describe, expect, it } from 'vitest';
import { koaAdapter } from './koa.ts';
import { type RunningServer, serve } from './node.ts';
import { createRecordingApi } from './testing/index.ts';

describe('koaAdapter', () => {
  let running: RunningServer | undefined;
  afterEach(() => running?.close({ timeoutMs: 0 }));

  it('lets middleware above go on after the response, and change nothing of it', async () => {
    const api = createRecordingApi('api', () => true);
    api.script('/x', () => ({ status: 404, headers: { allow: 'GET' }, body: 'ours' }));
    const app = new Koa();
    const statuses: number[] = [];
    app.use(async (context, next) => {
      context.set('x-before', '1');
      await next();
      statuses.push(context.status);
      context.set('x-after', '1');
      if (context.status === 404) context.body = { page: 'not found' };
    });
    app.use(koaAdapter(api));
    running = await serve(app.callback());
    const response = await fetch(`${running.url}/x`);
    expect([response.status, await response.text()]).toEqual([404, 'ours']);
    expect(['x-before', 'x-after', 'content-type'].map((name) => response.headers.get(name))).toEqual([
      '1',
      null,
      null,
    ]);
    expect(statuses).toEqual([404]);
  });

  it('waits for a streamed response', async () => {
    const api = createRecordingApi('api', () => true);
    api.script('/x', () => ({
      status: 200,
      headers: {},
      body: (async function* () {
        yield Buffer.from('a');
        await new Promise((resolve) => setTimeout(resolve, 20));
        yield Buffer.from('b');
      })(),
    }));
    const app = new Koa();
    let ended: boolean | undefined;
    app.use(async (context, next) => {
      await next();
      ended = context.res.writableEnded;
    });
    app.use(koaAdapter(api));
    running = await serve(app.callback());
    expect(await (await fetch(`${running.url}/x`)).text()).toBe('ab');
    expect(ended).toBe(true);
  });

  it('takes the text that a body parser keeps beside the value, and the original target', async () => {
    const api = createRecordingApi('api', () => true);
    const app = new Koa();
    app.use(async (context, next) => {
      const rawBody = Buffer.concat(await context.req.toArray()).toString();
      Object.assign(context.request, { rawBody, body: JSON.parse(rawBody) });
      context.path = '/rewritten';
      await next();
    });
    app.use(koaAdapter(api));
    running = await serve(app.callback());
    await fetch(`${running.url}/x`, { method: 'POST', body: '{"a":1,"a":2}' });
    expect(api.last()).toMatchObject({ target: '/x', bodyKind: 'bytes', bytes: Buffer.from('{"a":1,"a":2}') });
  });
});
