export { type Environment, readEnvironment, SettingError, type SettingsReader } from './settings.ts';
