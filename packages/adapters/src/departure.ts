import type { IncomingMessage, ServerResponse } from 'node:http';

const watched = new WeakMap<object, Set<() => void>>();

/**
 * Calls back once when the response is over: written, or its caller gone. Older Nodes (20 does, 24 does not) tell only
 * the response at the head of a connection that the socket closed, and those pipelined behind it would wait for ever;
 * so the socket is watched too, by one listener for all of them.
 */
export function onDeparture(incoming: IncomingMessage, outgoing: ServerResponse, callback: () => void): void {
  const { socket } = incoming;
  if (socket.destroyed || outgoing.destroyed) {
    callback();
    return;
  }
  const waiting = watched.get(socket) ?? watch(socket);
  const settle = () => {
    if (!waiting.delete(settle)) return;
    outgoing.off('close', settle);
    callback();
  };
  waiting.add(settle);
  outgoing.once('close', settle);
}

function watch(socket: IncomingMessage['socket']): Set<() => void> {
  const waiting = new Set<() => void>();
  watched.set(socket, waiting);
  socket.once('close', () => {
    for (const settle of [...waiting]) settle();
  });
  return waiting;
}
