import { connect, type Socket } from 'node:net';

/** One response as it came over the wire. */
export interface RawReply {
  readonly status: number;
  /** `HTTP/1.1 200 OK`. */
  readonly statusLine: string;
  /** Header lines in order, as written. */
  readonly headerLines: readonly string[];
  readonly body: Buffer;
}

/** A TCP connection that sends exactly the bytes it is given; an HTTP client would tidy them. */
export interface RawConnection {
  readonly socket: Socket;
  /** Resolves when the bytes are with the kernel. */
  send(bytes: string | Uint8Array): Promise<void>;
  /** The next response; `method` is that of its request, for `HEAD` has no body. */
  reply(method?: string): Promise<RawReply>;
  /** The head of the next response, its body left on the connection. */
  replyHead(): Promise<RawReply>;
  /** How the server ended its side of the connection; ours stays open until `destroy`. */
  readonly ended: Promise<'closed' | 'reset'>;
  destroy(): void;
}

/** Opens a connection. Text is sent as Latin-1, a byte for each character. */
export async function openConnection(origin: { host: string; port: number }): Promise<RawConnection> {
  const socket = connect({ host: origin.host, port: origin.port, allowHalfOpen: true });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('connect', resolve);
  });
  let received: Buffer = Buffer.alloc(0);
  let over = false;
  let wake: () => void = () => {};
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    wake();
  });
  const ended = new Promise<'closed' | 'reset'>((resolve) => {
    socket.once('end', () => resolve('closed'));
    socket.once('error', () => resolve('reset'));
    socket.once('close', () => {
      over = true;
      wake();
      resolve('closed');
    });
    socket.once('end', () => {
      over = true;
      wake();
    });
  });
  const more = async () => {
    if (over) throw new Error(`connection ended after ${JSON.stringify(received.toString('latin1').slice(0, 500))}`);
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  };
  const take = async (length: number) => {
    while (received.length < length) await more();
    const bytes = received.subarray(0, length);
    received = received.subarray(length);
    return bytes;
  };
  const takeLine = async () => {
    let at = received.indexOf('\r\n');
    while (at === -1) {
      await more();
      at = received.indexOf('\r\n');
    }
    return (await take(at + 2)).toString('latin1').slice(0, -2);
  };
  const head = async (): Promise<RawReply> => {
    const statusLine = await takeLine();
    const headerLines: string[] = [];
    for (let line = await takeLine(); line !== ''; line = await takeLine()) headerLines.push(line);
    const status = Number(statusLine.split(' ')[1]);
    return status < 200 ? head() : { status, statusLine, headerLines, body: Buffer.alloc(0) };
  };
  const chunks = async () => {
    const parts: Buffer[] = [];
    for (;;) {
      const size = Number.parseInt(await takeLine(), 16);
      parts.push(await take(size));
      await takeLine();
      if (size === 0) return Buffer.concat(parts);
    }
  };
  const untilEnd = async () => {
    while (!over) await more();
    return take(received.length);
  };
  return {
    socket,
    ended,
    replyHead: head,
    async reply(method = 'GET') {
      const start = await head();
      if (method === 'HEAD' || start.status === 204 || start.status === 304) return start;
      const length = headerOf(start, 'content-length');
      if (headerOf(start, 'transfer-encoding') === 'chunked') return { ...start, body: await chunks() };
      return { ...start, body: length === undefined ? await untilEnd() : await take(Number(length)) };
    },
    send: (bytes) =>
      new Promise((resolve) => {
        socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes, () => resolve());
      }),
    destroy: () => socket.destroy(),
  };
}

/** The value of a header, its name in any case. */
export function headerOf(reply: RawReply, name: string): string | undefined {
  const line = reply.headerLines.find((candidate) => candidate.toLowerCase().startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim();
}

const perConnection = new Set(['date', 'connection', 'keep-alive']);

/** Status line, headers and body as text, without what differs from one connection to the next. */
export function transcript(reply: RawReply): string {
  const lines = reply.headerLines.filter((line) => !perConnection.has(line.slice(0, line.indexOf(':')).toLowerCase()));
  return [reply.statusLine, ...lines, '', reply.body.toString('latin1')].join('\r\n');
}
