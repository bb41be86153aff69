/** Most faults that are told of one file. */
const mostTold = 50;

/** What is wrong at one place of a bootstrap file. */
export interface BootstrapFault {
  readonly place: string;
  readonly message: string;
}

/** A fault in a bootstrap file. Its message names the place (`consents[2].signatory`) and holds no secret. */
export class BootstrapError extends Error {
  override readonly name = 'BootstrapError';
  readonly place: string;

  constructor(place: string, message: string, cause?: unknown) {
    super(`${place}: ${message}`, cause === undefined ? undefined : { cause });
    this.place = place;
  }

  /** One error of all faults, a line each; its place is that of the first. */
  static of([first, ...others]: readonly [BootstrapFault, ...BootstrapFault[]]): BootstrapError {
    const told = others.slice(0, mostTold - 1).map(({ place, message }) => `\n${place}: ${message}`);
    const more = others.length - told.length;
    const rest = more === 0 ? '' : `\nand ${more} more`;
    return new BootstrapError(first.place, `${first.message}${told.join('')}${rest}`);
  }
}

/** `['consents', 2, 'signatory']` as `consents[2].signatory`. */
export function placeOf(path: readonly (string | number)[]): string {
  let place = '';
  for (const step of path) {
    if (typeof step === 'number') place += `[${step}]`;
    else place += place === '' ? step : `.${step}`;
  }
  return place;
}

/** The steps of a JSON Pointer; numbers are taken for places in a list. */
export function stepsOf(pointer: string): (string | number)[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step.replaceAll('~1', '/').replaceAll('~0', '~')));
}

/** An error that tells where in a body it lies, as Sallyport's own errors do. */
interface WithIssues {
  readonly issues: readonly { readonly path: readonly (string | number)[]; readonly message: string }[];
}

const hasIssues = (error: unknown): error is WithIssues =>
  typeof error === 'object' && error !== null && 'issues' in error && Array.isArray(error.issues);

/** The fault that a body met on its road, told by its place in the file. */
export function faultOfBody(place: readonly (string | number)[], error: unknown): BootstrapError {
  const [issue] = hasIssues(error) ? error.issues : [];
  if (issue !== undefined) return new BootstrapError(placeOf([...place, ...issue.path]), issue.message, error);
  return new BootstrapError(placeOf(place), error instanceof Error ? error.message : String(error), error);
}
