import { pointerOf, SallyportError } from '@sallyport/core';

/** What a bundle can do wrong that no call by itself can: status, and what is said where the API says nothing else. */
export const bundleFaults = {
  bundle_type_unsupported: [400, 'A bundle is of the type transaction or batch, not {type}.'],
  bundle_empty: [400, 'A bundle has one entry at least.'],
  bundle_too_large: [413, 'A {type} has {limit} entries at most.'],
  entry_request_missing: [422, 'The entry has no request.'],
  entry_method_unsupported: [422, 'There is no {method} here.'],
  entry_kind_unsupported: [422, 'There are no entries of the kind {kind}.'],
  entry_url_malformed: [422, 'The url {url} has not the form Kind/key.'],
  entry_resource_missing: [422, 'The entry has no resource.'],
  transaction_failed: [422, 'Entry {number} ({fullUrl}) has failed, and nothing was done: {text}'],
} as const satisfies Record<string, readonly [status: number, text: string]>;

/** The codes of faults that only bundles have. */
export type BundleFaultCode = keyof typeof bundleFaults;

/** A fault of a bundle, or of an entry of one. */
export function bundleFault(
  code: BundleFaultCode,
  facts: Readonly<Record<string, string | number>> = {},
  more: { readonly status?: number; readonly cause?: unknown; readonly outcome?: OperationOutcome } = {},
): SallyportError {
  const [status, text] = bundleFaults[code];
  const { outcome, ...details } = more;
  return new SallyportError(code, {
    status,
    title: code === 'transaction_failed' ? 'The transaction has failed' : 'The bundle is not valid',
    detail: text.replace(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? '')),
    facts: outcome === undefined ? facts : { ...facts, outcome },
    ...details,
  });
}

/** What became of an entry that failed, in the form that bundles have for it (FHIR R4 2.28). */
export interface OperationOutcome {
  readonly resourceType: 'OperationOutcome';
  readonly issue: readonly {
    readonly severity: 'error' | 'fatal';
    readonly code: 'conflict' | 'invalid' | 'exception';
    readonly diagnostics: string;
  }[];
}

/** Most faults of one resource that an entry's outcome spells out. */
const mostSpelled = 5;

/** The text of an error, with what is wrong where. */
export function textOf({ detail, issues }: SallyportError): string {
  const spelled = issues.slice(0, mostSpelled).map(({ path, message }) => `${pointerOf(path)}: ${message}`);
  return [detail, ...spelled].join(' ');
}

export function outcomeOf(status: number, diagnostics: string): OperationOutcome {
  const severity = status >= 500 ? 'fatal' : 'error';
  const code = status >= 500 ? 'exception' : status === 409 || status === 412 ? 'conflict' : 'invalid';
  return { resourceType: 'OperationOutcome', issue: [{ severity, code, diagnostics }] };
}
