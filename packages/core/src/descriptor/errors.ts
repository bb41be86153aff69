import type { CoreErrorCode, SallyportError } from '../errors/index.ts';
import type { CallContext } from '../road/call.ts';

/** What a code is called, and answered with, in the terms of one API or resource. */
export interface ErrorWording {
  readonly code?: string;
  readonly status?: number;
  readonly title?: string;
  readonly detail?: string;
}

/** Another wording for codes of the core, or of a plugin; a function may look at the error and the call. */
export type ErrorWordings<Code extends string = CoreErrorCode> = {
  readonly [C in Code]?:
    | ErrorWording
    | ((error: SallyportError, call: CallContext | undefined) => ErrorWording | SallyportError);
};
