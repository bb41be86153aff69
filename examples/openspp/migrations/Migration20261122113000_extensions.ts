import { Migration } from '@mikro-orm/migrations';

export class Migration20261122113000_extensions extends Migration {
  override name = 'Migration20261122113000_extensions';

  override up(): void | Promise<void> {
    this.addSql(`alter table "registrant" add "extension" jsonb null;`);
    this.addSql(`create index registrant_extension on registrant using gin (extension jsonb_path_ops);`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop index "registrant_extension";`);
    this.addSql(`alter table "registrant" drop column "extension";`);
  }
}
