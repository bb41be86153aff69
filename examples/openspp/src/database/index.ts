export { keepSetting } from './keep-setting.ts';
export { type Database, type DatabaseSettings, databaseOptions, openDatabase } from './open-database.ts';
