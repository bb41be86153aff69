export {
  type CodeSystem,
  codeSystems,
  codeUri,
  namespaces,
  organizationTypes,
  programSystem,
  type ShippedCode,
} from './code-systems.ts';
export { countries } from './countries.ts';
export { loadVocabulary } from './load-vocabulary.ts';
