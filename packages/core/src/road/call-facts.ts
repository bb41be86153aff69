import type { RequestHead } from './call.ts';
import type { Principal } from './principal.ts';
import type { RouteCall } from './route.ts';

/** What is settled of a call before its operation runs: the same however its records are read. */
export type CallFactsOf = Pick<
  RouteCall,
  'id' | 'head' | 'api' | 'resource' | 'operation' | 'principal' | 'now' | 'services' | 'state' | 'params'
>;

/** The facts of a call, as every class of calls carries them. */
export class CallFacts implements CallFactsOf {
  readonly id: string;
  readonly head: RequestHead;
  readonly api: string;
  readonly resource: string | undefined;
  readonly operation: string;
  readonly principal: Principal;
  readonly now: Date;
  readonly services: RouteCall['services'];
  readonly state: Map<symbol, unknown>;
  readonly params: Readonly<Record<string, string>>;

  constructor(facts: CallFactsOf) {
    this.id = facts.id;
    this.head = facts.head;
    this.api = facts.api;
    this.resource = facts.resource;
    this.operation = facts.operation;
    this.principal = facts.principal;
    this.now = facts.now;
    this.services = facts.services;
    this.state = facts.state;
    this.params = facts.params;
  }
}
