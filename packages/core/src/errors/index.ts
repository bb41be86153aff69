export { type CoreErrorCode, catalogue, type ErrorDefinition } from './catalogue.ts';
export { type Issue, type IssueCode, type IssueLocation, pointerOf } from './issue.ts';
export { knownOptions, nearestName, type OptionNames } from './known-options.ts';
export { ConfigurationError, type ErrorDetails, SallyportError } from './sallyport-error.ts';
