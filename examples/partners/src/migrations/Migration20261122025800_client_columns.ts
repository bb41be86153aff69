import { Migration } from '@mikro-orm/migrations';

/** The public keys of clients that sign assertions, the APIs that clients are for, their limits, and lists of fields. */
export class Migration20261122025800_client_columns extends Migration {
  override name = 'Migration20261122025800_client_columns';

  override up(): void | Promise<void> {
    this.addSql(
      `alter table "sallyport_client" add "keys" jsonb null, add "apis" jsonb null, add "limits" jsonb null, add "field_lists" jsonb null;`,
    );
  }

  override down(): void | Promise<void> {
    this.addSql(
      `alter table "sallyport_client" drop column "keys", drop column "apis", drop column "limits", drop column "field_lists";`,
    );
  }
}
