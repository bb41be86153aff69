import { Migration } from '@mikro-orm/migrations';

/** The accounts of people, and their sessions. */
export class Migration20261122044500_sessions extends Migration {
  override name = 'Migration20261122044500_sessions';

  override up(): void | Promise<void> {
    this.addSql(
      `create table "sallyport_account" ("id" varchar(64) not null, "login" varchar(254) not null, "password_hash" varchar(255) null, "active" boolean not null default true, "scopes" jsonb not null, "attributes" jsonb not null, "epoch" int not null default 0, "created_at" timestamptz not null, "password_changed_at" timestamptz null, "last_login_at" timestamptz null, primary key ("id"));`,
    );
    this.addSql(`alter table "sallyport_account" add constraint "sallyport_account_login" unique ("login");`);

    this.addSql(
      `create table "sallyport_session" ("digest" varchar(43) not null, "account_id" varchar(64) not null, "epoch" int not null, "created_at" timestamptz(3) not null, "last_seen_at" timestamptz(3) not null, "idle_expires_at" timestamptz(3) not null, "expires_at" timestamptz(3) not null, primary key ("digest"));`,
    );
    this.addSql(`create index "sallyport_session_account_id" on "sallyport_session" ("account_id");`);
    this.addSql(`create index "sallyport_session_idle_expires_at" on "sallyport_session" ("idle_expires_at");`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists "sallyport_session" cascade;`);
    this.addSql(`drop table if exists "sallyport_account" cascade;`);
  }
}
