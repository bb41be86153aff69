import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Person } from '../../servers/auth/sallyport-api.ts';
import { authPaths } from '../../servers/shared/auth-wire.ts';
import { withServer } from '../child.ts';
import { median } from '../report.ts';
import { type Deployment, type Refusal, refusals, timedDeployments } from './contenders.ts';
import type { AuthOptions } from './options.ts';
import { authUrl, type Cast } from './prepare.ts';
import { formHeaders, grantBody } from './requests.ts';

/** What the refusals of one deployment came to. */
export interface RefusalFigures {
  readonly deployment: Deployment;
  /** Median milliseconds by cause. */
  readonly medians: Readonly<Record<Refusal, number>>;
  /** How much longer the slowest median is than the fastest, in percent. */
  readonly difference: number;
  /** How many answers there were that differ in a byte, without their id and their date. */
  readonly distinctAnswers: number;
  /** One of them. */
  readonly answer: string;
}

interface Try {
  readonly milliseconds: number;
  readonly answer: string;
}

/** Headers that tell answers apart by design: the request's id, and the time. */
const incomparable = new Set(['x-request-id', 'date']);

/** An answer as it came over the wire, without what differs by design. */
async function onTheWire(response: IncomingMessage): Promise<string> {
  const lines = [`HTTP/${response.httpVersion} ${response.statusCode} ${response.statusMessage}`];
  for (let index = 0; index < response.rawHeaders.length; index += 2) {
    const name = response.rawHeaders[index] ?? '';
    if (!incomparable.has(name.toLowerCase())) lines.push(`${name}: ${response.rawHeaders[index + 1]}`);
  }
  return `${lines.join('\n')}\n\n${await text(response)}`;
}

async function refuse(origin: string, agent: Agent, person: Person): Promise<Try> {
  const headers = { ...formHeaders(person), 'content-length': grantBody.length };
  const begun = performance.now();
  const sent = request(origin + authPaths.token, { method: 'POST', agent, headers });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    sent.on('response', resolve);
    sent.on('error', reject);
  });
  sent.end(grantBody);
  const answer = await onTheWire(await answered);
  return { milliseconds: performance.now() - begun, answer };
}

/** The causes in another order each time, so that none profits from what went before it; the same in every run. */
function shuffledCauses(): () => readonly Refusal[] {
  let state = 42;
  const below = (count: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * count);
  };
  return () => {
    const rest = [...refusals];
    return refusals.flatMap(() => rest.splice(below(rest.length), 1));
  };
}

const warmupTries = 25;

async function timed(deployment: Deployment, cast: Cast, options: AuthOptions, origin: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const people = cast.refused[deployment.stored];
  const times: Record<Refusal, number[]> = { unknown: [], wrong: [], disabled: [], expired: [] };
  const answers = new Set<string>();
  const causes = shuffledCauses();
  try {
    for (let index = -warmupTries; index < options.tries; index += 1) {
      for (const cause of causes()) {
        const { milliseconds, answer } = await refuse(origin, agent, people[cause]);
        answers.add(answer);
        if (index >= 0) times[cause].push(milliseconds);
      }
    }
  } finally {
    agent.destroy();
  }
  return { times, answers };
}

/** Times the refusals of every deployment, and compares their answers. */
export async function measureRefusals(
  cast: Cast,
  options: AuthOptions,
  log: (line: string) => void,
): Promise<readonly RefusalFigures[]> {
  const results: RefusalFigures[] = [];
  for (const deployment of timedDeployments) {
    const url = authUrl(options.serverUrl);
    const work = ({ origin }: { readonly origin: string }) => timed(deployment, cast, options, origin);
    const { times, answers } = await withServer(deployment.server, url, work);
    const medians = {
      unknown: median(times.unknown),
      wrong: median(times.wrong),
      disabled: median(times.disabled),
      expired: median(times.expired),
    };
    const values = Object.values(medians);
    const difference = (Math.max(...values) / Math.min(...values) - 1) * 100;
    const [answer = ''] = answers;
    results.push({ deployment, medians, difference, distinctAnswers: answers.size, answer });
    const told = refusals.map((cause) => `${cause} ${medians[cause].toFixed(3)}`).join('  ');
    log(`refusals  ${deployment.title}: ${told} ms, ${difference.toFixed(1)} %, ${answers.size} distinct answer(s)`);
  }
  return results;
}
