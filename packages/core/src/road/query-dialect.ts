import type { BodyKind } from '../http/body.ts';
import type { ResourcePlan } from '../plan/resource-plan.ts';
import type { Condition } from '../query/condition.ts';
import type { FieldMask } from '../query/field-selection.ts';
import type { OrderTerm } from '../query/order.ts';
import type { CountMode } from '../store/store.ts';
import type { ParameterDefinition, RouteCall } from './route.ts';

/** How a caller wants records to look. */
export interface RepresentationRequest {
  readonly fields: FieldMask;
  readonly expand: readonly string[];
}

/** What a caller asks of a search, read and judged. */
export interface SearchRequest extends RepresentationRequest {
  readonly where: Condition;
  /** Names of the fields that the condition tells of. */
  readonly reveals: ReadonlySet<string>;
  /** Ends in the primary key. */
  readonly order: readonly OrderTerm[];
  /** Whether the order is the resource's own, as nobody has asked for one. */
  readonly unordered?: boolean;
  readonly limit: number;
  readonly offset: number;
  readonly count: CountMode;
  /** Answers the cursor that starts after a row, when the caller pages by cursors. */
  readonly cursorAfter: ((orderValues: readonly unknown[]) => string) | undefined;
  /** Whether the page was asked for by a cursor, so that offsets mean nothing. */
  readonly byCursor: boolean;
  /** The parameters to carry over into links, in order, without those of paging. */
  readonly carried: readonly (readonly [name: string, value: string])[];
}

/** How an API reads queries: names of parameters and the language of filters. */
export interface QueryDialect {
  readonly name: string;
  /** Names of the paging parameters, for links. */
  readonly names: { readonly limit: string; readonly offset: string; readonly cursor: string | undefined };
  /** Parameters of a search, the resource's own included. */
  searchParameters(plan: ResourcePlan): readonly ParameterDefinition[];
  /** Parameters of a read of one record. */
  readParameters(plan: ResourcePlan): readonly ParameterDefinition[];
  /** Bodies in which a search takes parameters that are too long for an address: they join those of the query. */
  readonly searchBody?: readonly BodyKind[];
  search(call: RouteCall, plan: ResourcePlan): SearchRequest | Promise<SearchRequest>;
  representation(call: RouteCall, plan: ResourcePlan): RepresentationRequest;
}
