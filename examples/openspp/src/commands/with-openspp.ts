import { silentLogger } from '@sallyport/core';
import { readSettings } from '../settings.ts';
import { openOpenSpp, type Started } from '../start.ts';

/** Runs work of the command line on the database of the settings. */
export async function withOpenSpp(work: (started: Started) => Promise<void>): Promise<void> {
  const started = await openOpenSpp(readSettings(), silentLogger);
  try {
    await work(started);
  } finally {
    await started.close();
  }
}
