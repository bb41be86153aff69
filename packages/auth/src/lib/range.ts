import { ConfigurationError } from '@sallyport/core';

/** The number, when it lies between the two. @throws ConfigurationError at `place` */
export function inRange(place: string, value: number, least: number, most: number): number {
  if (Number.isFinite(value) && value >= least && value <= most) return value;
  throw new ConfigurationError(place, `must be from ${least} to ${most}`);
}

/** The number, when it is whole and lies between the two. @throws ConfigurationError at `place` */
export function wholeInRange(place: string, value: number, least: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new ConfigurationError(place, `must be a whole number from ${least} to ${most}`);
}
