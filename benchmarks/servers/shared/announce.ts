import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a server answers when the harness asks `'cpu'`: microseconds of CPU since its start, all threads. */
export interface CpuReport {
  readonly cpuMicros: number;
}

/**
 * Tells the harness that a listening server can take requests (`ready <port>` on standard output), answers its questions
 * about CPU time, and ends the process when the harness has gone.
 */
export function announce(server: Server): void {
  const { port } = server.address() as AddressInfo; // listening on TCP, so never a string or null
  process.on('message', (question) => {
    if (question !== 'cpu') return;
    const { user, system } = process.cpuUsage();
    process.send?.({ cpuMicros: user + system } satisfies CpuReport);
  });
  process.on('disconnect', () => process.exit(0));
  process.stdout.write(`ready ${port}\n`);
}
