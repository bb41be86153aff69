import { ConfigurationError } from '@sallyport/core';

/** The number, when it lies between the two. @throws ConfigurationError */
export function rangeOf(place: string, value: number, least: number, most: number): number {
  if (Number.isFinite(value) && value >= least && value <= most) return value;
  throw new ConfigurationError(place, `must be from ${least} to ${most}`);
}
