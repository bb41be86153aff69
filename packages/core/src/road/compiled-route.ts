import type { ErrorWordings } from '../descriptor/errors.ts';
import { ConfigurationError, SallyportError } from '../errors/index.ts';
import type { BodyKind, ReadBody } from '../http/body.ts';
import { compileParameters, type ParameterReader } from '../plan/parameters.ts';
import type { PlannedRoute } from '../plan/plan.ts';
import { acceptSnakeCase, type Respell } from '../plan/property-names.ts';
import type { Validator, Validators } from '../plan/validator.ts';
import type { ScopeRequirement } from '../scopes/requirement.ts';
import type { Strictness } from './api-context.ts';

/** A route as the road runs it: all that can be made ready before a request is. */
export interface CompiledRoute {
  readonly route: PlannedRoute;
  readonly requirement: ScopeRequirement;
  readonly readParameters: ParameterReader;
  /** Names of parameters that may be repeated. */
  readonly lists: ReadonlySet<string>;
  readonly kinds: readonly BodyKind[];
  readonly validateBody: Validator | undefined;
  /** Brings the names of a body's properties into the schema's spelling, where the API accepts another. */
  readonly respell: Respell | undefined;
  readonly wordings: ErrorWordings | undefined;
}

const noParameters: ReturnType<ParameterReader> = Object.freeze(Object.create(null));

/** @throws ConfigurationError for two parameters of one name, and for a schema that does not compile */
export function compileRoute(route: PlannedRoute, validators: Validators, strictness: Strictness): CompiledRoute {
  const place = `routes.${route.name}`;
  const { parameters = [], body, subject } = route;
  const twice = parameters.find(({ name }, index) => parameters.findIndex((other) => other.name === name) !== index);
  if (twice !== undefined) throw new ConfigurationError(place, `there are two parameters called "${twice.name}"`);
  const read = compileParameters(parameters, validators, strictness.unknownParameters, place);
  return {
    route,
    requirement: route.requirement,
    readParameters: (pairs) =>
      pairs.length === 0 && !parameters.some(({ required }) => required) ? noParameters : read(pairs),
    lists: new Set(
      parameters.filter(({ schema, deferred }) => deferred === true || schema.type === 'array').map(({ name }) => name),
    ),
    kinds: body?.kinds ?? [],
    validateBody: body?.schema === undefined ? undefined : validators.compile(body.schema, 'body', `${place}.body`),
    respell:
      body?.schema === undefined || strictness.propertyNames === 'exact' ? undefined : acceptSnakeCase(body.schema),
    wordings: subject?.resource.errors,
  };
}

/** @throws SallyportError `invalid_body` listing every fault */
export function checkBody({ validateBody }: CompiledRoute, body: ReadBody): void {
  if (validateBody === undefined || body.kind !== 'json') return;
  const issues = validateBody(body.value);
  if (issues.length > 0) {
    throw new SallyportError('invalid_body', { detail: 'One or more members of the body are not valid.', issues });
  }
}
