import { Migration } from '@mikro-orm/migrations';

export class Migration20261121230056_token_rates extends Migration {
  override name = 'Migration20261121230056_token_rates';

  override up(): void | Promise<void> {
    this.addSql(
      `create table "sallyport_rate" ("key" text not null, "hits" bigint[] not null, "wait" bigint not null, "expires_at" bigint not null, primary key ("key"));`,
    );
    this.addSql(`create index "sallyport_rate_expires_at" on "sallyport_rate" ("expires_at");`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists "sallyport_rate" cascade;`);
  }
}
