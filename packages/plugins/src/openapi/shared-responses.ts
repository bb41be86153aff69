import { STATUS_CODES } from 'node:http';
import type { HeaderObject, PathsObject, ReferenceObject, ResponseObject } from 'openapi3-ts/oas31';

/** Responses and headers that many operations have in common. */
export interface SharedParts {
  readonly paths: PathsObject;
  readonly responses: Readonly<Record<string, ResponseObject>>;
  readonly headers: Readonly<Record<string, HeaderObject>>;
}

interface OperationLike {
  readonly tags?: readonly string[];
  readonly responses: Readonly<Record<string, ResponseObject>>;
}

/** Names parts that occur more than once and puts references in their place. */
class Shared<T extends object> {
  readonly #times = new Map<string, number>();
  readonly #names = new Map<string, string>();
  readonly parts: Record<string, T> = {};
  readonly #kind: string;

  constructor(kind: string) {
    this.#kind = kind;
  }

  count(part: T): void {
    const form = JSON.stringify(part);
    this.#times.set(form, (this.#times.get(form) ?? 0) + 1);
  }

  /** @param owner what the part belongs to, for another one of the name */
  refer(part: T, wanted: string, owner: string, content: T = part): T | ReferenceObject {
    const form = JSON.stringify(part);
    if ((this.#times.get(form) ?? 0) < 2) return content;
    let name = this.#names.get(form);
    if (name === undefined) {
      const own = `${owner}${wanted}`;
      name = Object.hasOwn(this.parts, wanted) ? own : wanted;
      for (let number = 2; Object.hasOwn(this.parts, name); number++) name = `${own}${number}`;
      this.#names.set(form, name);
      this.parts[name] = content;
    }
    return { $ref: `#/components/${this.#kind}/${name}` };
  }
}

/** Moves error responses and headers that repeat into components. */
export function shareResponses(paths: PathsObject): SharedParts {
  const responses = new Shared<ResponseObject>('responses');
  const headers = new Shared<HeaderObject>('headers');
  const isShared = (status: string) => Number(status) >= 400;
  for (const operation of operationsOf(paths)) {
    for (const [status, response] of Object.entries(operation.responses)) {
      if (isShared(status)) responses.count(response);
      for (const header of Object.values(response.headers ?? {})) headers.count(header as HeaderObject);
    }
  }
  const shared = (status: string, response: ResponseObject, owner: string) => {
    const made: ResponseObject = {
      ...response,
      ...(response.headers === undefined
        ? {}
        : {
            headers: Object.fromEntries(
              Object.entries(response.headers).map(([name, header]) => [
                name,
                headers.refer(header as HeaderObject, name, owner),
              ]),
            ),
          }),
    };
    if (!isShared(status)) return made;
    return responses.refer(response, lettersOf(STATUS_CODES[status] ?? 'Error'), owner, made);
  };
  const rewritten = Object.entries(paths).map(([path, item]) => [
    path,
    Object.fromEntries(
      Object.entries(item as Readonly<Record<string, OperationLike>>).map(([method, operation]) => [
        method,
        {
          ...operation,
          responses: Object.fromEntries(
            Object.entries(operation.responses).map(([status, response]) => [
              status,
              shared(status, response, lettersOf(operation.tags?.[0] ?? '')),
            ]),
          ),
        },
      ]),
    ),
  ]);
  return { paths: Object.fromEntries(rewritten) as PathsObject, responses: responses.parts, headers: headers.parts };
}

const lettersOf = (text: string): string => text.replaceAll(/[^A-Za-z]/g, '');

function operationsOf(paths: PathsObject): readonly OperationLike[] {
  return Object.values(paths).flatMap((item) => Object.values(item as Readonly<Record<string, OperationLike>>));
}
