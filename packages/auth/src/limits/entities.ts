import { defineEntity } from '@mikro-orm/core';

/** What {@link createSqlRateLimiter} counts; add it to the ORM's entities when it is used. */
export const AuthRate = defineEntity({
  name: 'AuthRate',
  tableName: 'sallyport_rate',
  properties: (p) => ({
    key: p.text().fieldName('key').primary(),
    /** Milliseconds since 1970, newest last. */
    hits: p.type('bigint[]').$type<string[]>().fieldName('hits').columnType('bigint[]'),
    /** What the last call was told to wait; the atomic statement answers through it. */
    wait: p.bigint('number').fieldName('wait').columnType('bigint'),
    expiresAt: p.bigint('number').fieldName('expires_at').columnType('bigint').index('sallyport_rate_expires_at'),
  }),
});
