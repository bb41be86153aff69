import { lookup } from 'node:dns/promises';
import type { Server } from 'node:http';
import { type AddressInfo, createServer, type Server as NetServer } from 'node:net';

/**
 * `localhost` is 127.0.0.1 and ::1 on many machines, and callers take either; a server listens on the first only. Opens
 * the same port on the others and hands their connections to the server. An address that cannot be had is left out.
 */
export async function listenBeside(server: Server, host: string | undefined): Promise<readonly NetServer[]> {
  if (host !== 'localhost') return [];
  const { address: own, port } = server.address() as AddressInfo; // TCP: a host was asked for.
  const addresses = new Set((await lookup(host, { all: true })).map(({ address }) => address));
  addresses.delete(own);
  const opened = await Promise.all([...addresses].map((address) => open(server, address, port)));
  return opened.filter((each) => each !== undefined);
}

function open(server: Server, address: string, port: number): Promise<NetServer | undefined> {
  return new Promise((resolve) => {
    const beside = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      server.emit('connection', socket);
    });
    beside.once('error', () => resolve(undefined));
    beside.listen(port, address, () => resolve(beside));
  });
}
