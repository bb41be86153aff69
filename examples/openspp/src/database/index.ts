export { keepSetting } from './keep-setting.ts';
export { type Database, openDatabase } from './open-database.ts';
export { type DatabaseSettings, ormOptions } from './orm-options.ts';
