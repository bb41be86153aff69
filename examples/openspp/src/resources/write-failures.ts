import type { CallContext, ErrorWordings, SallyportError } from '@sallyport/core';
import { type OpenSppErrorCode, said } from '../errors.ts';
import { extensionFault } from '../extensions/fault.ts';

/** The code of a failed write whose cause has none of its own, by operation. */
type Failures = Readonly<Record<string, OpenSppErrorCode>>;

/** Tells what the database or the core refused without a code of the contract's as `[W…]` (contract §2.4). */
export function failures(codes: Failures): ErrorWordings {
  const failed = (_error: SallyportError, call: CallContext | undefined) =>
    said(codes[call?.operation ?? ''] ?? 'request_rejected');
  return {
    duplicate: failed,
    still_referenced: failed,
    conflict: failed,
    unresolved_reference: failed,
    rule_broken: failed,
    // With issues it is the schema that was broken, and they are told.
    invalid_body: (error, call) =>
      error.issues.length > 0 ? (extensionFault(error) ?? said('schema_violation')) : failed(error, call),
  };
}
