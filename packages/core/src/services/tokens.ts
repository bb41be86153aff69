import type { Store } from '../store/store.ts';
import type { Clock } from './clock.ts';
import type { Logger } from './logger.ts';
import { serviceToken } from './services.ts';

/** The services that the core itself uses; register your own to replace one. */
export const ClockService = serviceToken<Clock>('sallyport.Clock');
export const LoggerService = serviceToken<Logger>('sallyport.Logger');
export const StoreService = serviceToken<Store>('sallyport.Store');
