import { SallyportError } from '../../errors/index.ts';

/** The error that the work ends in; fails the test when it ends in another, or in none. */
export function faultOf(work: () => unknown): SallyportError {
  try {
    work();
  } catch (error) {
    if (error instanceof SallyportError) return error;
    throw error;
  }
  throw new Error('a SallyportError was expected');
}

/** {@link faultOf} for promises. */
export async function faultOfAsync(work: Promise<unknown>): Promise<SallyportError> {
  const outcome = await work.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  return faultOf(() => {
    if (outcome !== undefined) throw outcome.error;
  });
}
