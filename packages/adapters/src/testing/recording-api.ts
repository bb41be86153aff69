import type { RawRequest, RawResponse, RequestHandler } from '@sallyport/core';

/** A request as an adapter handed it over, its body read. */
export interface RecordedRequest extends Omit<RawRequest, 'body'> {
  readonly bodyKind: RawRequest['body']['kind'];
  /** Of a stream or of bytes. */
  readonly bytes: Buffer;
  /** Of a parsed body. */
  readonly value: unknown;
}

/** What a scripted address does with its request; the body is not read for it. */
export type Script = (request: RawRequest) => RawResponse | undefined | Promise<RawResponse | undefined>;

/** An API that has no rules: it records what adapters hand over and answers as it was told. */
export interface RecordingApi extends RequestHandler {
  readonly requests: readonly RecordedRequest[];
  /** The latest request; throws when there was none. */
  last(): RecordedRequest;
  /** Answers a target by a script in place of the echo. */
  script(target: string, script: Script): void;
}

/** Makes a {@link RecordingApi} that owns the targets told; it answers `200` with the method and the target. */
export function createRecordingApi(name: string, owns: (target: string) => boolean): RecordingApi {
  const requests: RecordedRequest[] = [];
  const scripts = new Map<string, Script>();
  return {
    requests,
    owns,
    script: (target, script) => void scripts.set(target, script),
    last() {
      const request = requests.at(-1);
      if (request === undefined) throw new Error(`no request reached the API ${name}`);
      return request;
    },
    async handle(request, options) {
      const { method, target, rawHeaders, remoteAddress, encrypted, hostRequired, body, signal } = request;
      if (!owns(target) && options?.unmatched !== 'answer') return undefined;
      const script = scripts.get(target);
      if (script !== undefined) return script(request);
      const bytes = await readBody(body);
      const value = body.kind === 'parsed' ? body.value : undefined;
      requests.push({
        ...{ method, target, rawHeaders, remoteAddress, encrypted, bytes, value },
        bodyKind: body.kind,
        ...(hostRequired === undefined ? {} : { hostRequired }),
        ...(signal === undefined ? {} : { signal }),
      });
      return {
        status: owns(target) ? 200 : 404,
        headers: { 'content-type': 'text/plain' },
        body: `${name} ${method} ${target}`,
      };
    },
  };
}

async function readBody(body: RawRequest['body']): Promise<Buffer> {
  if (body.kind === 'bytes') return Buffer.from(body.bytes);
  if (body.kind !== 'stream') return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body.stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
