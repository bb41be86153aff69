import { Migration } from '@mikro-orm/migrations';

/** The public keys of clients that sign assertions. */
export class Migration20261122025800_client_keys extends Migration {
  override name = 'Migration20261122025800_client_keys';

  override up(): void | Promise<void> {
    this.addSql(`alter table "sallyport_client" add "keys" jsonb null;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table "sallyport_client" drop column "keys";`);
  }
}
