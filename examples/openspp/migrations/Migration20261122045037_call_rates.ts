import { Migration } from '@mikro-orm/migrations';

export class Migration20261122045037_call_rates extends Migration {
  override name = 'Migration20261122045037_call_rates';

  override up(): void | Promise<void> {
    this.addSql(
      `create table "sallyport_rate_count" ("key" varchar(255) not null, "points" int not null, "expire" bigint null, primary key ("key"));`,
    );
    this.addSql(`create index "sallyport_rate_count_expire" on "sallyport_rate_count" ("expire");`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists "sallyport_rate_count" cascade;`);
  }
}
