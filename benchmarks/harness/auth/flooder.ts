/**
 * A process that sends wrong secrets to a token endpoint over as many connections as it is told, until its standard input
 * ends. Then it writes how many were answered how, as JSON, and is over.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'undici';
import { authPaths } from '../../servers/shared/auth-wire.ts';
import type { FloodKind } from './flood.ts';
import { formHeaders, grantBody } from './requests.ts';

const [origin = '', clientId = '', secret = '', parallel = '', kind] = process.argv.slice(2);
const fromOneNetwork = kind === ('steady-one' satisfies FloodKind);
const inBursts = kind === ('bursts' satisfies FloodKind);
const headers = formHeaders({ clientId, secret });
const answers: Record<string, number> = {};
const burstMilliseconds = 1_000;
let stopped = false;
let sent = 0;

/** One address of TEST-NET-3, or another network of 10.0.0.0/8 each time. */
function address(): string {
  if (fromOneNetwork) return '203.0.113.7';
  sent += 1;
  return `10.${(sent >> 16) & 255}.${(sent >> 8) & 255}.${sent & 255}`;
}

async function guess(client: Client): Promise<void> {
  const { statusCode, body } = await client.request({
    method: 'POST',
    path: authPaths.token,
    headers: { ...headers, 'x-forwarded-for': address() },
    body: grantBody,
  });
  await body.dump();
  answers[statusCode] = (answers[statusCode] ?? 0) + 1;
}

process.stdin.on('end', () => {
  stopped = true;
});
process.stdin.resume();
const clients = Array.from({ length: Number(parallel) }, () => new Client(origin, { pipelining: 1 }));
if (inBursts) {
  while (!stopped) await Promise.all([delay(burstMilliseconds), ...clients.map(guess)]);
} else {
  const steadily = async (client: Client): Promise<void> => {
    while (!stopped) await guess(client);
  };
  await Promise.all(clients.map(steadily));
}
await Promise.all(clients.map((client) => client.close()));
process.stdout.write(JSON.stringify(answers));
