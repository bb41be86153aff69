import type { RunningServer } from './child.ts';
import { benchToken } from './prepare.ts';
import type { Sample } from './scenarios.ts';

/** What a server said to a sample. */
export interface Answer {
  readonly sample: Sample;
  readonly status: number;
  readonly body: unknown;
}

/** Sends every sample to a server, in order. */
export async function ask(server: RunningServer, samples: readonly Sample[]): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  for (const sample of samples) {
    const headers: Record<string, string> = sample.anonymous ? {} : { authorization: `Bearer ${benchToken}` };
    const response = await fetch(server.origin + sample.path, { headers });
    const text = await response.text();
    answers.push({ sample, status: response.status, body: parse(text, sample.path) });
  }
  return answers;
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`GET ${path}: the body is no JSON: ${text.slice(0, 200)}`);
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** The first place where two parsed bodies differ, or `undefined`; the order of an object's keys does not matter. */
export function difference(expected: unknown, actual: unknown, place = 'body'): string | undefined {
  if (!isObject(expected) || !isObject(actual) || Array.isArray(expected) !== Array.isArray(actual)) {
    const same = Object.is(expected, actual);
    return same ? undefined : `${place}: ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`;
  }
  for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
    const step = Array.isArray(expected) ? `${place}[${key}]` : `${place}.${key}`;
    const found = difference(expected[key], actual[key], step);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Compares a contender's answers with the reference's. Errors are compared by status alone: each framework words its own.
 * @throws with the request and the place of the first fault.
 */
export function compare(answers: readonly Answer[], reference: readonly Answer[]): void {
  for (const [index, { sample, status, body }] of answers.entries()) {
    const where = `disagrees on GET ${sample.path}${sample.anonymous ? ' (without a token)' : ''}`;
    if (status !== sample.status) throw new Error(`${where}: status ${status}, expected ${sample.status}`);
    if (status !== 200) continue;
    const found = difference(reference[index]?.body, body);
    if (found !== undefined) throw new Error(`${where}: ${found}`);
  }
}
