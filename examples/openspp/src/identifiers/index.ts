export { type IdentifierName, identifierSlot, lockIdentifiers } from './lock-identifiers.ts';
