import type { ReceivedRequest } from '../plugin/plugin.ts';
import type { CallContext, RequestHead } from './call.ts';
import type { CompiledRoute } from './compiled-route.ts';
import type { RunningCall } from './running-call.ts';

/** What is known of a request so far: enough to answer it whatever goes wrong next. */
export interface Progress {
  readonly started: number;
  id: string;
  head: RequestHead | undefined;
  received: ReceivedRequest | undefined;
  route: CompiledRoute | undefined;
  template: string | undefined;
  call: RunningCall | undefined;
  /** The call of a known caller to an address or method that there is no route for. */
  unrouted: CallContext | undefined;
  bodyRead: boolean;
}

/** What is known of a request that has just come: when. */
export function setOut(): Progress {
  return {
    started: performance.now(),
    id: '',
    head: undefined,
    received: undefined,
    route: undefined,
    template: undefined,
    call: undefined,
    unrouted: undefined,
    bodyRead: false,
  };
}
