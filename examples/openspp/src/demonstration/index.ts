export {
  type GeneratedHousehold,
  type GeneratedPerson,
  type GenerateOptions,
  generatePeople,
} from './generate-people.ts';
export { type GeneratedRegistry, type GenerateRegistryOptions, generateRegistry } from './generate-registry.ts';
export { insertHouseholds, type Keys, preparePrograms } from './insert-people.ts';
export { type Demonstration, type DemonstrationOptions, isEmpty, loadDemonstration } from './load-demonstration.ts';
export { type GeneratedProgram, generatedPrograms } from './programs.ts';
