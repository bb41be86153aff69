import { Socket } from 'node:net';

const LINGER_MS = 2_000;
const LINGER_BYTES = 64 * 1024 * 1024;

/**
 * Makes the coming close of a connection a lingering one (RFC 9112 section 9.6): our side is closed first, what the
 * caller still sends is read and thrown away, and only then, at the caller's end, after two seconds or 64 MiB, the
 * socket goes. A socket that is closed over unread bytes is reset by the kernel, and a reset can take the response
 * from the caller's receive buffer before it was read.
 *
 * Node ends a connection that is not kept alive through the socket's public `destroySoon`, once the response is
 * flushed: that is the moment taken here.
 */
export function lingerOnClose(socket: unknown): void {
  if (!(socket instanceof Socket) || Object.hasOwn(socket, 'destroySoon')) return;
  socket.destroySoon = () => {
    Reflect.deleteProperty(socket, 'destroySoon');
    if (!socket.destroyed) linger(socket);
  };
}

function linger(socket: Socket): void {
  let left = LINGER_BYTES;
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  // Away from the HTTP parser: after this response nothing on the connection is a request any more.
  socket.removeAllListeners('data');
  socket.on('data', (chunk: Uint8Array) => {
    left -= chunk.length;
    if (left < 0) socket.destroy();
  });
  socket.once('end', () => socket.destroy());
  socket.once('close', () => clearTimeout(timer));
  socket.end();
  socket.resume();
}
