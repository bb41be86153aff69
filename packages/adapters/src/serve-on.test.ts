import { afterEach, describe, expect, it } from 'vitest';
import { type RunningServer, serve } from './node.ts';
import { frameworks, serveOn } from './serve-on.ts';
import { createRecordingApi } from './testing/index.ts';
import { untilStopped } from './until-stopped.ts';

describe.each(frameworks)('serveOn %s', (framework) => {
  let running: RunningServer;
  const api = createRecordingApi('api', (target) => !target.startsWith('/nowhere'));
  afterEach(() => running.close({ timeoutMs: 0 }));

  it('serves, answers what it does not know through the API, and stops', async () => {
    running = await serveOn(framework, api);
    expect(running.url).toBe(`http://127.0.0.1:${running.port}`);
    expect((await fetch(`${running.url}/here`)).status).toBe(200);
    const nowhere = await fetch(`${running.url}/nowhere`);
    expect(nowhere.status).toBe(404);
    expect(nowhere.headers.get('x-powered-by')).toBeNull();
    const { headersTimeout, requestTimeout, keepAliveTimeout, maxRequestsPerSocket } = running.server;
    expect([headersTimeout, requestTimeout, keepAliveTimeout, maxRequestsPerSocket]).toEqual([
      15_000, 60_000, 65_000, 10_000,
    ]);
    expect(await running.close()).toEqual({ cut: 0 });
    await expect(fetch(`${running.url}/here`)).rejects.toThrow();
  });

  it('serves several, of which the last answers the rest', async () => {
    const health = createRecordingApi('health', (target) => target === '/health');
    running = await serveOn(framework, [health, api]);
    const told = async (path: string) => {
      const response = await fetch(running.url + path);
      return [response.status, (await response.text()).split(' ')[0]];
    };
    expect(await told('/health')).toEqual([200, 'health']);
    expect(await told('/here')).toEqual([200, 'api']);
    expect((await told('/nowhere'))[0]).toBe(404);
  });

  it('rejects when it cannot listen', async () => {
    running = await serve(api);
    await expect(serveOn(framework, api, { port: running.port })).rejects.toThrow('EADDRINUSE');
  });
});

it('waits for a signal, once', async () => {
  const stopped = untilStopped({ signals: ['SIGUSR2'] });
  process.kill(process.pid, 'SIGUSR2');
  expect(await stopped).toBe('SIGUSR2');
  expect(process.listenerCount('SIGUSR2')).toBe(0);
});
