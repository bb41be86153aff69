import { type Framework, serveOn } from '@sallyport/adapters/serve-on';
import type { Api } from '@sallyport/core';
import type { TestRequest } from '@sallyport/core/testing';
import { call } from '@sallyport/core/testing';
import { conformingTo } from '@sallyport/plugins/testing';
import type { OpenAPIObject } from 'openapi3-ts/oas31';
import { type WireResponse, wireClient } from './wire.ts';

/** An API that answers; each answer has been held against its OpenAPI document. */
export interface Served {
  readonly document: OpenAPIObject;
  send(method: string, target: string, request?: TestRequest): Promise<WireResponse>;
  close(): Promise<void>;
}

/** A way for requests to come to an API. */
export interface Transport {
  readonly name: string;
  serve(api: Api): Promise<Served>;
}

/** Without a socket. */
export const inProcess: Transport = {
  name: 'in process',
  async serve(api) {
    const { document, check } = conformingTo(api);
    return {
      document,
      async send(method, target, request) {
        const answer = await call(api, method, target, request);
        check(method, target, answer);
        return { ...answer, statusLine: String(answer.status) };
      },
      close: async () => {},
    };
  },
};

/** Through a server of a web framework, built as the command `serve` builds it, on a free port. */
export const over = (framework: Framework): Transport => ({
  name: framework,
  async serve(api) {
    const { document, check } = conformingTo(api);
    const running = await serveOn(framework, [api]);
    const client = wireClient(running.port);
    return {
      document,
      async send(method, target, request) {
        const answer = await client.send(method, target, request);
        check(method, target, answer);
        return answer;
      },
      async close() {
        client.close();
        await running.close({ timeoutMs: 5000 });
      },
    };
  },
});
