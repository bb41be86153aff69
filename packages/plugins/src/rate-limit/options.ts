import {
  type CallContext,
  type CallerPrincipal,
  ConfigurationError,
  knownOptions,
  type OptionNames,
  type RateLimiter,
  type RouteCall,
} from '@sallyport/core';

/** Most points in a minute and in a day. Whole numbers of 1 or more. */
export interface CallLimits {
  readonly perMinute?: number;
  readonly perDay?: number;
}

/** What calls cost beyond the one point of each. */
export interface CostWeights {
  /** Points of an operation, by its name (`create`) or with its resource (`partner.search`), which goes before. */
  readonly operations?: Readonly<Record<string, number>>;
  /**
   * One more for each `size` records that this parameter asks for, beyond the first `size`. It counts alike in the query
   * and in a body that holds parameters.
   */
  readonly page?: { readonly parameter: string; readonly size: number };
  /** So many more for each name in the comma list of this parameter, wherever it stands. */
  readonly expansion?: { readonly parameter: string; readonly each: number };
}

/** Headers that tell how a caller stands: those of the IETF's draft, or the `X-RateLimit-*` of many older APIs. */
export type LimitHeaders = 'RateLimit' | 'X-RateLimit';

export interface RateLimitOptions extends CallLimits {
  /** Counts; the service `RateLimiterService` when not said. */
  readonly limiter?: RateLimiter;
  /**
   * The limits of a caller, where they differ: `limits` of its principal when not said, which strategies fill in from the
   * client's record. What is absent or no whole number of 1 or more is the API's own.
   */
  readonly limitsOf?: (principal: CallerPrincipal) => CallLimits | undefined;
  /** Limits of a network for calls without credentials, public routes among them; `false` for none. 300 a minute. */
  readonly network?: CallLimits | false;
  /** What a call costs: weights, or a function that answers points; calls of 0 points are not counted. One each. */
  readonly cost?: CostWeights | ((call: CallContext) => number);
  /** Which headers responses carry besides the `Retry-After` of refusals. None. */
  readonly headers?: readonly LimitHeaders[];
}

const defaultLimits: CallLimits = { perMinute: 600 };
const defaultNetwork: CallLimits = { perMinute: 300 };

/** The options after checking, defaults filled in. */
export interface ReadyOptions {
  readonly limits: CallLimits;
  readonly network: CallLimits | undefined;
  readonly limitsOf: (principal: CallerPrincipal) => CallLimits | undefined;
  readonly cost: Cost;
  readonly headers: readonly LimitHeaders[];
}

/** What a call costs. */
interface Cost {
  /** By its address: known before anything else is read. */
  readonly ofAddress: (call: CallContext) => number;
  /** What the parameters in its body add to that. */
  readonly ofBody: (call: RouteCall) => number;
}

const names: OptionNames<RateLimitOptions> = {
  perMinute: true,
  perDay: true,
  limiter: true,
  limitsOf: true,
  network: true,
  cost: true,
  headers: true,
};

/** @throws ConfigurationError for an option that there is none of */
function checkNames(options: RateLimitOptions): void {
  const { network, cost } = options;
  knownOptions('plugins.rateLimit', options, names);
  if (network !== false) knownOptions('plugins.rateLimit.network', network, { perMinute: true, perDay: true });
  if (typeof cost === 'function' || cost === undefined) return;
  knownOptions('plugins.rateLimit.cost', cost, { operations: true, page: true, expansion: true });
  knownOptions('plugins.rateLimit.cost.page', cost.page, { parameter: true, size: true });
  knownOptions('plugins.rateLimit.cost.expansion', cost.expansion, { parameter: true, each: true });
}

/** @throws ConfigurationError for options that there are none of, and for limits and weights that are no numbers */
export function readyOptions(options: RateLimitOptions): ReadyOptions {
  checkNames(options);
  const own = given(options);
  const limits = Object.keys(own).length === 0 ? defaultLimits : own;
  const network = options.network === false ? undefined : (options.network ?? defaultNetwork);
  checkLimits('', limits);
  if (network !== undefined) checkLimits('network.', network);
  const { cost = {} } = options;
  return {
    limits,
    network,
    limitsOf: options.limitsOf ?? (({ limits: its }) => its),
    cost: typeof cost === 'function' ? { ofAddress: cost, ofBody: () => 0 } : costOf(cost),
    headers: options.headers ?? [],
  };
}

function given({ perMinute, perDay }: CallLimits): CallLimits {
  return { ...(perMinute === undefined ? {} : { perMinute }), ...(perDay === undefined ? {} : { perDay }) };
}

/** Whether a limit or weight can be counted with. */
export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 1;

function checkLimits(place: string, limits: CallLimits): void {
  const { perMinute, perDay } = limits;
  if (perMinute === undefined && perDay === undefined) fault(`${place}perMinute`, 'perMinute or perDay is needed');
  if (perMinute !== undefined && !isCount(perMinute))
    fault(`${place}perMinute`, 'a whole number of 1 or more is needed');
  if (perDay !== undefined && !isCount(perDay)) fault(`${place}perDay`, 'a whole number of 1 or more is needed');
}

function fault(path: string, message: string): never {
  throw new ConfigurationError(`plugins.rateLimit.${path}`, message);
}

function costOf({ operations = {}, page, expansion }: CostWeights): Cost {
  for (const [name, points] of Object.entries(operations)) {
    if (!Number.isSafeInteger(points) || points < 0) {
      fault(`cost.operations.${name}`, 'a whole number of 0 or more is needed');
    }
  }
  if (page !== undefined && !isCount(page.size)) fault('cost.page.size', 'a whole number of 1 or more is needed');
  if (expansion !== undefined && !isCount(expansion.each)) {
    fault('cost.expansion.each', 'a whole number of 1 or more is needed');
  }
  const weights = new Map(Object.entries(operations));

  const pointsOf = ({ resource, operation }: CallContext): number =>
    weights.get(`${resource}.${operation}`) ?? weights.get(operation) ?? 1;
  const weightOf = (parameters: RouteCall['query']): number => {
    let more = 0;
    for (const [name, value] of parameters) {
      if (page !== undefined && name === page.parameter) {
        // As the road reads numbers; what is none is refused later on, and what is too large counts as much as there is.
        const asked = /^[+-]?[0-9]{1,30}$/.test(value) ? Math.min(Number(value), 1_000_000) : 0;
        more += Math.max(0, Math.ceil(asked / page.size) - 1);
      }
      if (expansion !== undefined && name === expansion.parameter) {
        more += expansion.each * value.split(',').filter((one) => one !== '').length;
      }
    }
    return more;
  };

  return {
    ofAddress(call) {
      const points = pointsOf(call);
      return points === 0 ? 0 : points + weightOf(call.head.query);
    },
    ofBody: (call) => (pointsOf(call) === 0 ? 0 : weightOf(call.query) - weightOf(call.head.query)),
  };
}
