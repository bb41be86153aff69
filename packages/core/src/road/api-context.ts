import type { SearchOptions } from '../descriptor/operations.ts';
import type { Representation } from '../fields/codec.ts';
import type { CreateChecked } from '../operations/create-checked.ts';
import type { Records } from '../operations/records.ts';
import type { StreamsInHand } from '../operations/streams-in-hand.ts';
import type { ResourcePlan } from '../plan/resource-plan.ts';
import type { Rights } from '../plan/shape.ts';
import type { PluginHooks } from '../plugin/plugin.ts';
import type { Reader, Store, Unit } from '../store/store.ts';
import type { CallContext } from './call.ts';
import type { Envelope, Page } from './envelope.ts';
import type { QueryDialect } from './query-dialect.ts';
import type { RouteCall } from './route.ts';

/** How strict an API is, where its wire contract has a say. */
export interface Strictness {
  /** Properties of a body that nobody declares. Default `refuse`. */
  readonly unknownProperties: 'refuse' | 'ignore';
  /** Whether `birth_date` is accepted for `birthDate` in bodies. Default `exact`: it is not. */
  readonly propertyNames: 'exact' | 'snake-case-too';
  /** Query parameters that nobody declares. Default `refuse`. */
  readonly unknownParameters: 'refuse' | 'ignore';
  /** A query parameter that is sent twice, unless it is declared as a list. Default `refuse`. */
  readonly repeatedParameters: 'refuse' | 'last';
  /** Whether a body is parsed before credentials are looked at, so that bad JSON is told to anybody. Default false. */
  readonly bodyBeforeCredentials: boolean;
  /** Whether parameters and body are checked against their schemas before scopes are. Default false. */
  readonly schemaBeforeScope: boolean;
  /** Whether unknown addresses and methods are told to callers without credentials. Default false. */
  readonly routesBeforeCredentials: boolean;
  /** `version`: the entity tag is the record's version whatever part of it is shown. Default `variant`. */
  readonly entityTag: 'variant' | 'version';
  /** Whether `If-Match` may lack its quotes or carry `W/`. Default false. */
  readonly lenientIfMatch: boolean;
  /** Whether a write without `If-Match` is refused with 428 (RFC 6585 section 3). Default false. */
  readonly requireIfMatch: boolean;
  /** An address that ends in `/`. Default `strict`: it is another address. */
  readonly trailingSlash: 'strict' | 'redirect';
}

export const strict: Strictness = {
  unknownProperties: 'refuse',
  propertyNames: 'exact',
  unknownParameters: 'refuse',
  repeatedParameters: 'refuse',
  bodyBeforeCredentials: false,
  schemaBeforeScope: false,
  routesBeforeCredentials: false,
  entityTag: 'variant',
  lenientIfMatch: false,
  requireIfMatch: false,
  trailingSlash: 'strict',
};

/** What all operations of one API share. */
export interface ApiContext {
  readonly name: string;
  /** Without a slash at its end; empty for the root. */
  readonly basePath: string;
  readonly envelope: Envelope;
  readonly dialect: QueryDialect;
  readonly representation: Representation;
  readonly strictness: Strictness;
  readonly store: Store;
  readonly resources: ReadonlyMap<string, ResourcePlan>;
  /**
   * The records of a resource as a call may reach them.
   * @throws ConfigurationError when the API has no such resource
   */
  records(resource: string, call: CallContext, reader: Reader): Records;
  /** The page that a call asks of a resource: see {@link RouteCall.search}. */
  search(resource: string, call: RouteCall, options: Pick<SearchOptions, 'nulls'>): Promise<Page>;
  /** Makes a record inside of other work: of a method, or of the application's own. */
  readonly create: CreateChecked;
  /** Tells plugins of a record that a call is shown; absent where none wants to know. */
  readonly shown: PluginHooks['shown'];
  /** Lets plugins keep what a part of a streamed answer shows, before it is sent. */
  readonly partShown: (call: RouteCall) => Promise<void>;
  /** The streams that callers have at the moment. */
  readonly streams: StreamsInHand;
  /** Lets plugins add to a write before its commit. */
  readonly beforeCommit: (unit: Unit, call: RouteCall) => Promise<void>;
  /** How the caller's rights bear on shapes. */
  rights(call: CallContext): Rights;
}
