// For authors of an adapter of their own; users import a subpath: `@sallyport/adapters/express` and so on.
export { ask, fault, framedHeaders, isBodiless, takes } from './exchange.ts';
export { type HostRequest, toRawRequest, writeRawResponse } from './message.ts';
export { type ProblemResponse, type ProblemStatus, problem } from './problem.ts';
