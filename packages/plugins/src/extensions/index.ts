export { type CodeSource, codesOf } from './codes.ts';
export {
  defineExtension,
  type Extension,
  type ExtensionField,
  type ExtensionOptions,
  type NamedField,
} from './declaration.ts';
export { type DescribedExtension, describeExtensions, extensionsOf, type PlannedExtension } from './described.ts';
export { type Extensible, type ExtensibleOptions, extensible } from './extensible.ts';
export { type ExtensionsOptions, extensions } from './extensions.ts';
export { extensionsIndex } from './extensions-index.ts';
