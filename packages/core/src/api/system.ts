import { SallyportError } from '../errors/index.ts';
import { inputSchema } from '../fields/members.ts';
import { type Body, createRecord } from '../operations/write.ts';
import { acceptSnakeCase, type Respell } from '../plan/property-names.ts';
import { resourceNamed } from '../plan/resources.ts';
import type { Validator, Validators } from '../plan/validator.ts';
import type { ApiContext } from '../road/api-context.ts';
import type { CallContext } from '../road/call.ts';
import { system } from '../road/principal.ts';
import type { Clock, Logger, Services } from '../services/index.ts';
import type { Unit } from '../store/store.ts';

/** What the application itself does with an API, outside of any request: imports, jobs. No request can reach it. */
export interface SystemAccess {
  /** A call of Sallyport's own: the principal is `system`, which holds every scope. */
  call(operation: string): CallContext;
  /**
   * Makes a record as `POST` would: the same schema, rules and hooks, inside a transaction that is already open. Answers
   * its primary key.
   *
   * @throws SallyportError `invalid_body` and whatever the resource's rules throw
   */
  create(resource: string, body: Body, unit: Unit): Promise<unknown>;
}

const neverAborted = new AbortController().signal;

export function systemAccess(
  api: ApiContext,
  validators: Validators,
  given: { readonly services: Services; readonly clock: Clock; readonly log: Logger },
): SystemAccess {
  const checks = new Map<string, { readonly check: Validator; readonly respell: Respell }>();
  let calls = 0;

  const call = (operation: string, resource?: string): CallContext => {
    calls += 1;
    return {
      id: `system-${calls}`,
      head: {
        method: 'POST',
        path: '/',
        query: [],
        rawQuery: '',
        headers: {},
        clientAddress: '',
        secure: true,
      },
      api: api.name,
      resource,
      operation,
      principal: system,
      now: given.clock.now(),
      services: given.services,
      log: given.log,
      signal: neverAborted,
      departed: false,
      state: new Map(),
    };
  };

  return {
    call: (operation) => call(operation),
    async create(resource, body, unit) {
      const plan = resourceNamed(api.resources, resource);
      let entry = checks.get(resource);
      if (entry === undefined) {
        const unknown = api.strictness.unknownProperties;
        const schema = inputSchema(plan.members, { creating: true, partial: false, unknown });
        entry = {
          check: validators.compile(schema, 'body', `${plan.place}.operations.create`),
          respell: api.strictness.propertyNames === 'exact' ? (value) => value : acceptSnakeCase(schema),
        };
        checks.set(resource, entry);
      }
      // A respelled object stays an object.
      const own = entry.respell(body) as Body;
      const issues = entry.check(own);
      if (issues.length > 0) throw new SallyportError('invalid_body', { resource, issues });
      const made = call('create', resource);
      await plan.prepare(made);
      return createRecord(plan, own, unit, made);
    },
  };
}
