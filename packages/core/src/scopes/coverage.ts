import { serviceToken } from '../services/services.ts';

/** Which scopes of an API stand for which. Where there is no vocabulary to tell, each stands for itself alone. */
export interface ScopeCoverage {
  /**
   * Whether whoever holds these scopes may do all that one more of this name would let it do, so that it gains nothing by
   * holding it: the scope itself is held, or an alias or an including scope that it is a part of.
   */
  covers(held: readonly string[], scope: string): boolean;
  /** Whether the API has a scope of this name; where there is no vocabulary to tell, any name may be one. */
  has(scope: string): boolean;
}

/** The service under which token endpoints and strategies find the coverage of the API's scopes. */
export const ScopeCoverageService = serviceToken<ScopeCoverage>('sallyport.ScopeCoverage', {
  broughtBy: '`createApi` itself',
});
