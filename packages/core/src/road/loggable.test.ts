import { describe, expect, it } from 'vitest';
import { loggable } from './loggable.ts';

const canary = 'CANARY-77';
const seen = (error: Error) =>
  `${error.message}${error.stack}${JSON.stringify(error, Object.getOwnPropertyNames(error))}`;

describe('loggable', () => {
  it('keeps the kind, the message and the frames of an error, and nothing that hangs on it', () => {
    const error = Object.assign(new TypeError('wrong'), { config: { authorization: canary }, code: 'E_WRONG' });
    const copy = loggable(error);
    expect(copy).toMatchObject({ name: 'TypeError', message: 'wrong', code: 'E_WRONG' });
    expect(copy.stack).toContain('loggable.test.ts');
    expect(seen(copy)).not.toContain(canary);
  });

  it('keeps names of a database fault, not values', () => {
    const fault = Object.assign(new Error(`invalid input syntax for type integer: "${canary}"`), {
      code: '22P02',
      detail: canary,
      where: canary,
      query: canary,
      table: 'person',
    });
    const copy = loggable(fault);
    expect(copy).toMatchObject({ code: '22P02', table: 'person', message: 'the database answered 22P02' });
    expect(seen(copy)).not.toContain(canary);
    const missing = Object.assign(new Error('relation "a" does not exist'), { code: '42P01' });
    expect(loggable(missing).message).toBe('relation "a" does not exist');
  });

  it('cuts what MikroORM prints of entities', () => {
    const required = Object.assign(
      new Error(`Value for Person.name is required, 'undefined' found\nentity: Person { pin: '${canary}' }`),
      { getEntity: () => ({}) },
    );
    expect(loggable(required).message).toBe('Value for Person.name is required');
    const type = Object.assign(new Error(`Trying to set Person.age of type 'number' to '${canary}' of type 'string'`), {
      getEntity: () => ({}),
    });
    expect(loggable(type).message).toBe("Trying to set Person.age of type 'number' to … of type 'string'");
    expect(seen(loggable(type))).not.toContain(canary);
  });

  it('follows causes, to an end', () => {
    const error: Error & { cause?: unknown } = new Error('outer', {
      cause: new Error('inner', { cause: { a: canary } }),
    });
    expect((loggable(error).cause as Error).message).toBe('inner');
    expect(((loggable(error).cause as Error).cause as Error).message).toBe('[object Object] was thrown');
    error.cause = error;
    expect(loggable(error).message).toBe('outer');
    expect(loggable('text').message).toBe('text');
  });
});
