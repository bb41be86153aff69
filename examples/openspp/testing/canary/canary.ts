import type { MikroORM } from '@mikro-orm/core';
import type { LoggedLine, TestRequest } from '@sallyport/core/testing';
import type { OpenAPIObject } from 'openapi3-ts/oas31';
import type { WireResponse } from '../wire.ts';
import { databaseWords } from './database-words.ts';
import { type Leak, leaksIn, textsOf } from './leaks.ts';
import { type People, people } from './people.ts';

/** One request as it went out; `as` is the client whose token it carried. */
export interface Asked {
  readonly method: string;
  readonly target: string;
  readonly request: TestRequest;
  readonly as: string | null;
}

/** Looks at every answer and at every log line of an API under test. */
export interface Canary {
  readonly people: People;
  /** @throws CanaryError naming the places, when an answer holds what its caller may not see. */
  look(asked: Asked, answer: Omit<WireResponse, 'body'> & { readonly body?: unknown }): void;
  /** @throws CanaryError when a line holds data of people or a secret. */
  lookAtLog(lines: readonly LoggedLine[]): void;
}

/** An answer or a log line that tells too much. */
export class CanaryError extends Error {
  override readonly name = 'CanaryError';
  readonly leaks: readonly Leak[];

  constructor(what: string, leaks: readonly Leak[]) {
    const list = leaks.map(({ place, kind, found }) => `  ${place}: ${kind} ${JSON.stringify(found)}`);
    super(`${what} tells too much:\n${[...new Set(list)].slice(0, 20).join('\n')}`);
    this.leaks = leaks;
  }
}

/** @param secrets what no log line may hold. */
export async function createCanary(
  orm: MikroORM,
  document: OpenAPIObject,
  secrets: readonly string[],
): Promise<Canary> {
  return canaryOf(await databaseWords(orm, document), secrets);
}

/** A canary that knows these names of a database. */
export function canaryOf(words: ReadonlySet<string>, secrets: readonly string[]): Canary {
  const known = people();
  return {
    people: known,
    look({ method, target, request, as }, answer) {
      const told = toldBy(target, request);
      const places: (readonly [string, string])[] = [['status line', answer.statusLine]];
      for (const [name, value] of Object.entries(answer.headers)) {
        places.push([`header ${name}`, `${name}: ${typeof value === 'string' ? value : value.join('\n')}`]);
      }
      const isJson = answer.body !== undefined;
      if (isJson) for (const [pointer, text] of textsOf(answer.body)) places.push([`body ${pointer}`, text]);
      else places.push(['body', answer.text]);
      const leaks = places.flatMap(([place, text]) => [
        ...leaksIn(place, text, words),
        ...known.hiddenIn(text, as).map((found) => ({ place, kind: 'person', found }) as const),
      ]);
      // What the caller has said itself is no news.
      const news = leaks.filter(({ found }) => !told.includes(found));
      if (news.length > 0) throw new CanaryError(`${method} ${target} as ${as} (${answer.status})`, news);
    },
    lookAtLog(lines) {
      for (const { level, fields, message } of lines) {
        const text = `${message ?? ''}\n${spelled(fields)}`;
        const leaks: Leak[] = [
          ...known.dataIn(text).map((found) => ({ place: 'log line', kind: 'person', found }) as const),
          ...secrets
            .filter((secret) => text.includes(secret))
            .map((found) => ({ place: 'log line', kind: 'secret', found }) as const),
        ];
        if (leaks.length > 0) throw new CanaryError(`${level}: ${text.slice(0, 2000)}`, leaks);
      }
    },
  };
}

/** What a request says, encoded and not. */
function toldBy(target: string, { headers = {}, body }: TestRequest): string {
  const plain = target.replaceAll(/(?:%[0-9a-f]{2})+/gi, (encoded) =>
    Buffer.from(encoded.replaceAll('%', ''), 'hex').toString('utf8'),
  );
  const sent = typeof body === 'string' ? body : JSON.stringify(body ?? null);
  const texts = typeof body === 'object' ? [...textsOf(body)].map(([, text]) => text) : [];
  return [target, plain, Object.values(headers).join('\n'), sent, ...texts].join('\n');
}

/** Fields of a log line as text, errors with their causes. */
function spelled(value: unknown, depth = 0): string {
  if (value instanceof Error) {
    const own = Object.entries(value).map(([name, inner]) => `${name}: ${spelled(inner, depth + 1)}`);
    return [value.message, value.stack ?? '', ...own, spelled(value.cause, depth + 1)].join('\n');
  }
  if (typeof value !== 'object' || value === null || depth > 6) return String(value);
  return Object.entries(value)
    .map(([name, inner]) => `${name}: ${spelled(inner, depth + 1)}`)
    .join('\n');
}
