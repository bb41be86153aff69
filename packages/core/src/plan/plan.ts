import type { ErrorWordings } from '../descriptor/errors.ts';
import type { MethodDefinition, OperationName, OperationOptions } from '../descriptor/operations.ts';
import type { Plugin } from '../plugin/plugin.ts';
import type { AuthenticationStrategy } from '../plugin/strategy.ts';
import type { Strictness } from '../road/api-context.ts';
import type { Envelope } from '../road/envelope.ts';
import type { QueryDialect } from '../road/query-dialect.ts';
import type { JsonSchema, RouteDefinition } from '../road/route.ts';
import type { PlannedScope } from '../scopes/api-scopes.ts';
import type { ScopeRequirement } from '../scopes/requirement.ts';
import type { ResourcePlan } from './resource-plan.ts';

/** What a route of a resource is about. */
export interface RouteSubject {
  readonly resource: ResourcePlan;
  readonly operation: OperationName | 'method';
  /** Name of the operation or of the method. */
  readonly name: string;
  readonly options: OperationOptions;
  readonly method?: MethodDefinition;
}

/** A route of the plan: a plugin's, or one that an operation of a resource became. */
export interface PlannedRoute extends RouteDefinition {
  readonly subject?: RouteSubject;
  /** What its `scope` comes to: checked by the road, shown by documents. */
  readonly requirement: ScopeRequirement;
  /** `inside`: it has no address of its own, and only calls inside others reach it. */
  readonly reach?: 'inside';
  /** The very object that a plugin gave; absent for the operations of resources. */
  readonly definition?: RouteDefinition;
  /** Schemas of path parameters; a string when absent. */
  readonly pathParameters?: Readonly<Record<string, JsonSchema>>;
  /** Headers that the operation looks at, for documents. */
  readonly requestHeaders?: readonly { readonly name: string; readonly description: string }[];
}

/**
 * The frozen plan of an API: what runs, and what every document is made from.
 *
 * @see docs/reference/plan.md
 */
export interface Plan {
  readonly api: {
    readonly name: string;
    /** Without a slash at its end. */
    readonly basePath: string;
    readonly title: string;
    readonly version: string;
    readonly description: string | undefined;
  };
  readonly resources: ReadonlyMap<string, ResourcePlan>;
  /** Complete once all plugins have been asked for theirs. */
  readonly routes: readonly PlannedRoute[];
  /**
   * The scopes of the API, by name: those of its vocabulary, or where it has none those that routes in documents ask for.
   * Complete once all plugins have been asked for their routes.
   */
  readonly scopes: readonly PlannedScope[];
  readonly envelope: Envelope;
  /** How queries are read, what plugins add included. */
  readonly dialect: QueryDialect;
  readonly strictness: Strictness;
  /** The API's own wordings of errors, behind those of its resources. */
  readonly errors: ErrorWordings | undefined;
  readonly strategies: readonly AuthenticationStrategy[];
  readonly plugins: readonly Plugin[];
}
