import { defineEntity, p } from '@mikro-orm/core';

const SettingSchema = defineEntity({
  name: 'Setting',
  properties: { key: p.string().length(100).primary(), value: p.text() },
});

/** A value that the program made for itself and keeps: its secret. */
export class Setting extends SettingSchema.class {}
SettingSchema.setClass(Setting);
