import { expectTypeOf } from 'vitest';
import { type MethodDefinition, type MethodRun, method, type ResourceDescriptor } from './index.ts';

/** Checked by `tsc` alone: nothing here runs. */

interface Reason {
  readonly reason: string;
}
const input = { type: 'object', properties: { reason: { type: 'string' } }, required: ['reason'] } as const;

// Nobody says: nobody knows.
method({
  on: 'record',
  input,
  run(call) {
    expectTypeOf(call).toEqualTypeOf<MethodRun>();
    expectTypeOf(call.input).toBeUnknown();
  },
});

const archive = method<Reason>({
  on: 'record',
  input,
  async run({ input: body, inUnit, primaryKey }) {
    expectTypeOf(body).toEqualTypeOf<Reason>();
    expectTypeOf(body).not.toBeAny();
    expectTypeOf(inUnit).not.toBeAny();
    expectTypeOf(primaryKey).toBeUnknown();
    // @ts-expect-error no such member
    return body.reasons;
  },
});

// Methods of all inputs stand in one descriptor.
expectTypeOf(archive).toEqualTypeOf<MethodDefinition>();
expectTypeOf({ archive }).toExtend<NonNullable<ResourceDescriptor['methods']>>();

// A function of one's own says it by its parameter.
const run = ({ input: { reason } }: MethodRun<Reason>) => reason;
expectTypeOf(method({ on: 'collection', input, run })).toEqualTypeOf<MethodDefinition>();

// @ts-expect-error a type without a schema holds nobody to it
method<Reason>({ on: 'record', run: ({ input: body }) => body.reason });

// Without a body there is nothing to say.
method({ on: 'collection', verb: 'GET', run: ({ input: none }) => expectTypeOf(none).toBeUnknown() });
