export { type Clock, systemClock } from './clock.ts';
export { createServices } from './container.ts';
export { createLogger, silentLogger } from './default-logger.ts';
export type { Logger } from './logger.ts';
export {
  type RateDecision,
  type RateLimiter,
  RateLimiterService,
  type RateRule,
  type RateState,
} from './rate-limiter.ts';
export { type ServiceRegistry, type Services, type ServiceToken, serviceToken } from './services.ts';
export { checkAtStart, type Readiness, type StartChecks, StartChecksService } from './start-checks.ts';
export { ClockService, LoggerService, StoreService } from './tokens.ts';
