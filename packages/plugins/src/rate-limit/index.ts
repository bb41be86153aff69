export type { CallLimits, CostWeights, LimitHeaders, RateLimitOptions } from './options.ts';
export { rateLimit, spend } from './rate-limit.ts';
