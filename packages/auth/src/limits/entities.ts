import { defineEntity } from '@mikro-orm/core';

/**
 * What `createSqlRateLimiter` counts in fixed windows; add it to the ORM's entities and migrations when it is used.
 * The library writes rows by the order of these columns.
 */
export const AuthRateCount = defineEntity({
  name: 'AuthRateCount',
  tableName: 'sallyport_rate_count',
  properties: (p) => ({
    key: p.string().fieldName('key').length(255).primary(),
    points: p.integer().fieldName('points'),
    /** Milliseconds since 1970. */
    expire: p.bigint('number').fieldName('expire').columnType('bigint').nullable().index('sallyport_rate_count_expire'),
  }),
});

/** What `createSqlRateLimiter` counts with `window: 'sliding'`; add it to the ORM's entities when that is used. */
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
