export { type ClientsCommandOptions, clientsCommand } from './clients-command.ts';
export type { CreateExtension } from './create-command.ts';
export { type CommandOutput, type CommonOptions, type OpenedAdministration, processOutput, runCommand } from './run.ts';
export { stateOf, type Told } from './told.ts';
