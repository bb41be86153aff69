import { Migration } from '@mikro-orm/migrations';

export class Migration20261122084022_consent_history_and_audit extends Migration {
  override name = 'Migration20261122084022_consent_history_and_audit';

  override up(): void | Promise<void> {
    this.addSql(
      `create table "sallyport_audit" ("id" bigserial primary key, "kind" varchar(6) not null, "at" timestamptz(3) not null, "api" varchar(64) not null, "request" varchar(128) not null, "part" int null, "caller" varchar(255) null, "address" varchar(64) null, "user_agent" varchar(255) null, "operation" varchar(64) not null, "resource" varchar(64) not null, "identifier" varchar(512) null, "basis" varchar(64) null, "authority" varchar(255) null, "purpose" varchar(64) null, "parameters" jsonb not null, "results" int null, "fields" jsonb not null, "status" varchar(16) not null, "error" varchar(64) null);`,
    );
    this.addSql(`create index "sallyport_audit_at" on "sallyport_audit" ("at");`);
    this.addSql(`create index "sallyport_audit_caller" on "sallyport_audit" ("caller");`);
    this.addSql(`create index "sallyport_audit_identifier" on "sallyport_audit" ("identifier");`);
    this.addSql(`create index "sallyport_audit_authority" on "sallyport_audit" ("authority");`);

    this.addSql(
      `create table "consent_history" ("id" serial primary key, "consent_id" int not null, "version" int not null, "action" text not null, "changed_by" text null, "changed_at" timestamptz(6) not null, "changed_fields" jsonb null, "previous_status" text null, "new_status" text not null, "reason" text null, "channel" text null, "snapshot" jsonb not null);`,
    );
    this.addSql(
      `alter table "consent_history" add constraint "consent_history_consent_id_version_unique" unique ("consent_id", "version");`,
    );

    this.addSql(
      `alter table "consent_history" add constraint "consent_history_consent_id_foreign" foreign key ("consent_id") references "consent" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "consent_history" add constraint "consent_history_action_check" check ("action" in ('create', 'request', 'give', 'renew', 'refuse', 'withdraw', 'expire', 'invalidate', 'modify'));`,
    );
    this.addSql(
      `alter table "consent_history" add constraint "consent_history_previous_status_check" check ("previous_status" in ('requested', 'given', 'renewed', 'refused', 'withdrawn', 'expired', 'invalidated'));`,
    );
    this.addSql(
      `alter table "consent_history" add constraint "consent_history_new_status_check" check ("new_status" in ('requested', 'given', 'renewed', 'refused', 'withdrawn', 'expired', 'invalidated'));`,
    );
    this.addSql(
      `alter table "consent_history" add constraint "consent_history_channel_check" check ("channel" in ('web', 'mobile', 'api', 'paper', 'verbal', 'other'));`,
    );
    // Consents that are there already begin with what they are.
    this.addSql(
      `insert into "consent_history" ("consent_id", "version", "action", "changed_by", "changed_at", "new_status", "snapshot") select "id", 1, case "status" when 'requested' then 'request' when 'given' then 'give' when 'renewed' then 'renew' when 'refused' then 'refuse' when 'withdrawn' then 'withdraw' when 'expired' then 'expire' else 'invalidate' end, "withdrawn_by", "updated_at", "status", jsonb_build_object('status', "status", 'effectiveDate', "effective_date", 'expiryDate', "expiry_date") from "consent";`,
    );
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists "sallyport_audit" cascade;`);
    this.addSql(`drop table if exists "consent_history" cascade;`);
  }
}
