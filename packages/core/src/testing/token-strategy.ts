import { SallyportError } from '../errors/index.ts';
import type { AuthenticationStrategy } from '../plugin/strategy.ts';
import type { FieldLists } from '../scopes/field-lists.ts';

/** What a test caller is. */
export interface TestCaller {
  readonly scopes: readonly string[];
  /** What was granted altogether, where `scopes` are fewer. */
  readonly granted?: readonly string[];
  /** The fields that some of its scopes are limited to. */
  readonly fieldLists?: FieldLists;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** A strategy for tests: `Authorization: Bearer <name>` is the caller of that name. */
export function tokenStrategy(callers: Readonly<Record<string, TestCaller>>): AuthenticationStrategy {
  return {
    name: 'test',
    scheme: { name: 'bearer', definition: { type: 'http', scheme: 'bearer' } },
    challenge: 'Bearer realm="test"',
    authenticate({ head }) {
      const [scheme, name] = (head.headers.authorization ?? '').split(' ');
      if (scheme === '' || scheme === undefined) return undefined;
      const caller = name !== undefined && Object.hasOwn(callers, name) ? callers[name] : undefined;
      if (caller === undefined || name === undefined) {
        throw new SallyportError('invalid_token', {
          headers: { 'www-authenticate': 'Bearer realm="test", error="invalid_token"' },
        });
      }
      return {
        kind: 'client',
        id: name,
        scopes: new Set(caller.scopes),
        strategy: 'test',
        attributes: caller.attributes ?? {},
        ...(caller.granted === undefined ? {} : { granted: new Set(caller.granted) }),
        ...(caller.fieldLists === undefined ? {} : { fieldLists: caller.fieldLists }),
      };
    },
  };
}
