import { Migration } from '@mikro-orm/migrations';

export class Migration20261121221136_initial extends Migration {
  override name = 'Migration20261121221136_initial';

  override up(): void | Promise<void> {
    // By hand: MikroORM does not know extensions. The trigram indexes below need it.
    this.addSql(`create extension if not exists pg_trgm;`);

    this.addSql(
      `create table "country" ("code" varchar(2) not null, "name" varchar(100) not null, primary key ("code"));`,
    );

    this.addSql(`create table "identifier_lock" ("slot" int not null, primary key ("slot"));`);

    this.addSql(
      `create table "organization_type" ("code" varchar(50) not null, "display" varchar(200) not null, "sequence" int not null default 0, primary key ("code"));`,
    );

    this.addSql(
      `create table "organization" ("id" serial primary key, "name" varchar(255) not null, "type_code" varchar(50) not null, "active" boolean not null default true, "created_at" timestamptz(6) not null default clock_timestamp(), "updated_at" timestamptz(6) not null default clock_timestamp());`,
    );
    this.addSql(`alter table "organization" add constraint "organization_name_unique" unique ("name");`);

    this.addSql(
      `create table "api_client" ("id" serial primary key, "client_id" varchar(100) not null, "secret_hash" text not null, "name" varchar(255) not null, "description" text null, "organization_id" int not null, "organization_type_code" varchar(50) not null, "organization_type_verified" boolean not null default false, "organization_type_verified_by" text null, "organization_type_verified_at" timestamptz(6) null, "legal_basis" text not null default 'consent', "legal_basis_reference" text null, "active" boolean not null default true, "rate_limit_per_minute" int not null default 60, "rate_limit_per_day" int not null default 10000, "last_used_at" timestamptz(6) null, "request_count" bigint not null default '0', "epoch" int not null default 0, "created_at" timestamptz(6) not null default clock_timestamp(), "updated_at" timestamptz(6) not null default clock_timestamp());`,
    );
    this.addSql(`alter table "api_client" add constraint "api_client_client_id_unique" unique ("client_id");`);

    this.addSql(
      `create table "api_scope" ("id" serial primary key, "client_id" int not null, "resource" varchar(64) not null, "action" text not null, "fields" jsonb null, "description" text null);`,
    );
    this.addSql(
      `alter table "api_scope" add constraint "api_scope_client_id_resource_action_unique" unique ("client_id", "resource", "action");`,
    );

    this.addSql(
      `create table "setting" ("key" varchar(100) not null, "value" text not null, "created_at" timestamptz(6) not null default clock_timestamp(), "updated_at" timestamptz(6) not null default clock_timestamp(), primary key ("key"));`,
    );

    this.addSql(
      `create table "vocabulary" ("id" serial primary key, "name" varchar(200) not null, "namespace" varchar(255) not null, "edition" varchar(50) null, "is_system" boolean not null default false);`,
    );
    this.addSql(`alter table "vocabulary" add constraint "vocabulary_namespace_unique" unique ("namespace");`);

    this.addSql(
      `create table "vocabulary_code" ("id" serial primary key, "vocabulary_id" int not null, "system" varchar(255) not null, "code" varchar(255) not null, "display" varchar(200) not null, "definition" text null, "uri" varchar(511) not null, "target_type" text not null default 'both', "pattern" text null, "active" boolean not null default true, "sequence" int not null default 0, "is_local" boolean not null default false);`,
    );
    this.addSql(`alter table "vocabulary_code" add constraint "vocabulary_code_uri_unique" unique ("uri");`);
    this.addSql(`create index "vocabulary_code_system_code_index" on "vocabulary_code" ("system", "code");`);
    this.addSql(
      `alter table "vocabulary_code" add constraint "vocabulary_code_vocabulary_id_code_unique" unique ("vocabulary_id", "code");`,
    );

    this.addSql(
      `create table "registrant" ("id" serial primary key, "kind" text not null, "name" varchar(500) not null, "family_name" varchar(255) null, "given_name" varchar(255) null, "additional_name" varchar(255) null, "birth_date" date null, "birth_date_estimated" boolean not null default false, "gender_id" int null, "phone" varchar(100) null, "mobile" varchar(100) null, "email" varchar(320) null, "street" varchar(500) null, "city" varchar(255) null, "district" varchar(255) null, "state" varchar(255) null, "postal_code" varchar(50) null, "country_code" varchar(2) null, "photo" bytea null, "group_type" text null, "registration_date" date null, "active" boolean not null default true, "source_system" text null, "collection_method" text null, "last_update_system" text null, "last_update_reference" text null, "created_at" timestamptz(6) not null default clock_timestamp(), "updated_at" timestamptz(6) not null default clock_timestamp(), "version" int not null default 1);`,
    );
    this.addSql(`create index "registrant_name_trigram" on "registrant" using gin ("name" gin_trgm_ops);`);
    this.addSql(`create index "registrant_email_trigram" on "registrant" using gin ("email" gin_trgm_ops);`);
    this.addSql(`create index "registrant_birth_date_index" on "registrant" ("birth_date");`);
    this.addSql(`create index "registrant_updated_at_index" on "registrant" ("updated_at");`);
    this.addSql(
      `create index "registrant_kind_active_name_id_index" on "registrant" ("kind", "active", "name", "id");`,
    );

    this.addSql(
      `create table "phone_number" ("id" serial primary key, "registrant_id" int not null, "number" varchar(50) not null, "sanitized" varchar(20) null, "country_code" varchar(2) null, "collected_on" date null, "active" boolean not null default true, "created_at" timestamptz(6) not null default clock_timestamp());`,
    );
    this.addSql(`create index "phone_number_registrant_id_index" on "phone_number" ("registrant_id");`);

    this.addSql(
      `create table "consent" ("id" serial primary key, "external_id" uuid not null, "name" text not null, "signatory_id" int null, "group_id" int null, "controller_id" int null, "recipient_mode" text not null default 'specific', "indicated_by" text not null default 'self', "legal_basis" varchar(50) not null default 'consent', "legal_basis_reference" text null, "status" text not null default 'requested', "effective_date" date null, "expiry_date" date null, "collection_method" text null, "refusal_reason" text null, "withdrawn_by" text null, "withdrawn_at" timestamptz(6) null, "withdrawal_reason" text null, "withdrawal_channel" text null, "created_at" timestamptz(6) not null default clock_timestamp(), "updated_at" timestamptz(6) not null default clock_timestamp(), "version" int not null default 1);`,
    );
    this.addSql(`alter table "consent" add constraint "consent_external_id_unique" unique ("external_id");`);
    this.addSql(`create index "consent_signatory_id_index" on "consent" ("signatory_id");`);
    this.addSql(`create index "consent_group_id_index" on "consent" ("group_id");`);

    this.addSql(
      `create table "consent_scope" ("id" serial primary key, "consent_id" int not null, "resource_type" text not null, "field_access" text not null default 'basic', "custom_fields" jsonb null, "purpose" text not null, "include_extensions" boolean not null default false, "allowed_extensions" jsonb null, "description" text null);`,
    );
    this.addSql(`create index "consent_scope_consent_id_index" on "consent_scope" ("consent_id");`);

    this.addSql(
      `create table "consent_recipient_type" ("consent_id" int not null, "organization_type_code" varchar(50) not null, primary key ("consent_id", "organization_type_code"));`,
    );

    this.addSql(
      `create table "consent_recipient" ("consent_id" int not null, "organization_id" int not null, primary key ("consent_id", "organization_id"));`,
    );

    this.addSql(
      `create table "program" ("id" serial primary key, "name" varchar(255) not null, "description" text null, "eligibility_criteria" text null, "program_type_id" int null, "program_type_text" text null, "target_type" text not null default 'group', "state" text not null default 'active', "start_date" date null, "end_date" date null, "source_system" text null, "created_at" timestamptz(6) not null default clock_timestamp(), "updated_at" timestamptz(6) not null default clock_timestamp(), "version" int not null default 1);`,
    );
    this.addSql(`alter table "program" add constraint "program_name_unique" unique ("name");`);
    this.addSql(`create index "program_name_trigram" on "program" using gin ("name" gin_trgm_ops);`);

    this.addSql(
      `create table "program_membership" ("id" serial primary key, "registrant_id" int not null, "program_id" int not null, "state" text not null default 'draft', "enrollment_date" date null, "exit_date" date null, "exit_reason" jsonb null, "source_system" text null, "created_at" timestamptz(6) not null default clock_timestamp(), "updated_at" timestamptz(6) not null default clock_timestamp(), "version" int not null default 1);`,
    );
    this.addSql(
      `create index "program_membership_program_id_state_id_index" on "program_membership" ("program_id", "state", "id");`,
    );
    this.addSql(
      `alter table "program_membership" add constraint "program_membership_registrant_id_program_id_unique" unique ("registrant_id", "program_id");`,
    );

    this.addSql(
      `create table "program_identifier" ("id" serial primary key, "program_id" int not null, "system" varchar(255) not null, "value" varchar(255) not null);`,
    );
    this.addSql(`create index "program_identifier_program_id_index" on "program_identifier" ("program_id");`);
    this.addSql(
      `alter table "program_identifier" add constraint "program_identifier_system_value_unique" unique ("system", "value");`,
    );

    this.addSql(
      `create table "registrant_identifier" ("id" serial primary key, "registrant_id" int not null, "type_id" int not null, "value" varchar(100) not null, "status" text null, "expiry_date" date null, "description" text null, "verification_method" text null, "verified_at" timestamptz(6) null, "created_at" timestamptz(6) not null default clock_timestamp(), "updated_at" timestamptz(6) not null default clock_timestamp());`,
    );
    this.addSql(
      `create index "registrant_identifier_type_id_value_index" on "registrant_identifier" ("type_id", "value");`,
    );
    this.addSql(
      `create index "registrant_identifier_registrant_id_id_index" on "registrant_identifier" ("registrant_id", "id");`,
    );
    this.addSql(
      `create unique index "registrant_identifier_live_type_unique" on "registrant_identifier" ("registrant_id", "type_id") where ("status" is null or "status" != 'invalid');`,
    );

    this.addSql(
      `create table "group_membership" ("id" serial primary key, "group_id" int not null, "individual_id" int not null, "role_id" int null, "start_date" timestamptz(6) not null, "ended_date" timestamptz(6) null, "created_at" timestamptz(6) not null default clock_timestamp(), "updated_at" timestamptz(6) not null default clock_timestamp(), "created_by" text null, "ended_by" text null);`,
    );
    this.addSql(`create index "group_membership_group_id_index" on "group_membership" ("group_id");`);
    this.addSql(`create index "group_membership_individual_id_index" on "group_membership" ("individual_id");`);
    this.addSql(
      `create unique index "group_membership_open_unique" on "group_membership" ("group_id", "individual_id") where "ended_date" is null;`,
    );

    this.addSql(
      `alter table "organization" add constraint "organization_type_code_foreign" foreign key ("type_code") references "organization_type" ("code");`,
    );

    this.addSql(
      `alter table "api_client" add constraint "api_client_organization_id_foreign" foreign key ("organization_id") references "organization" ("id");`,
    );
    this.addSql(
      `alter table "api_client" add constraint "api_client_organization_type_code_foreign" foreign key ("organization_type_code") references "organization_type" ("code");`,
    );
    this.addSql(
      `alter table "api_client" add constraint "api_client_legal_basis_check" check ("legal_basis" in ('consent', 'contract', 'legal_obligation', 'vital_interest', 'public_interest', 'public_task', 'legitimate_interest'));`,
    );

    this.addSql(
      `alter table "api_scope" add constraint "api_scope_client_id_foreign" foreign key ("client_id") references "api_client" ("id") on delete cascade;`,
    );
    this.addSql(
      `alter table "api_scope" add constraint "api_scope_action_check" check ("action" in ('read', 'search', 'create', 'update', 'delete', 'all'));`,
    );

    this.addSql(
      `alter table "vocabulary_code" add constraint "vocabulary_code_vocabulary_id_foreign" foreign key ("vocabulary_id") references "vocabulary" ("id");`,
    );
    this.addSql(
      `alter table "vocabulary_code" add constraint "vocabulary_code_target_type_check" check ("target_type" in ('individual', 'group', 'both'));`,
    );

    this.addSql(
      `alter table "registrant" add constraint "registrant_gender_id_foreign" foreign key ("gender_id") references "vocabulary_code" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "registrant" add constraint "registrant_country_code_foreign" foreign key ("country_code") references "country" ("code") on delete restrict;`,
    );
    this.addSql(
      `alter table "registrant" add constraint "registrant_kind_check" check ("kind" in ('individual', 'group'));`,
    );
    this.addSql(
      `alter table "registrant" add constraint "registrant_group_type_check" check ("group_type" in ('household', 'family', 'organization', 'other'));`,
    );
    this.addSql(
      `alter table "registrant" add constraint "registrant_collection_method_check" check ("collection_method" in ('api', 'manual', 'import', 'mobile', 'migration', 'merge'));`,
    );

    this.addSql(
      `alter table "phone_number" add constraint "phone_number_registrant_id_foreign" foreign key ("registrant_id") references "registrant" ("id") on delete cascade;`,
    );
    this.addSql(
      `alter table "phone_number" add constraint "phone_number_country_code_foreign" foreign key ("country_code") references "country" ("code") on delete restrict;`,
    );

    this.addSql(
      `alter table "consent" add constraint "consent_signatory_id_foreign" foreign key ("signatory_id") references "registrant" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "consent" add constraint "consent_group_id_foreign" foreign key ("group_id") references "registrant" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "consent" add constraint "consent_controller_id_foreign" foreign key ("controller_id") references "organization" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "consent" add constraint "consent_recipient_mode_check" check ("recipient_mode" in ('specific', 'category'));`,
    );
    this.addSql(
      `alter table "consent" add constraint "consent_indicated_by_check" check ("indicated_by" in ('self', 'guardian', 'parent', 'poa', 'representative'));`,
    );
    this.addSql(
      `alter table "consent" add constraint "consent_status_check" check ("status" in ('requested', 'given', 'renewed', 'refused', 'withdrawn', 'expired', 'invalidated'));`,
    );
    this.addSql(
      `alter table "consent" add constraint "consent_collection_method_check" check ("collection_method" in ('written', 'verbal', 'electronic', 'biometric'));`,
    );
    this.addSql(
      `alter table "consent" add constraint "consent_withdrawal_channel_check" check ("withdrawal_channel" in ('web', 'mobile', 'api', 'paper', 'verbal', 'other'));`,
    );

    this.addSql(
      `alter table "consent_scope" add constraint "consent_scope_consent_id_foreign" foreign key ("consent_id") references "consent" ("id") on delete cascade;`,
    );
    this.addSql(
      `alter table "consent_scope" add constraint "consent_scope_resource_type_check" check ("resource_type" in ('individual', 'group', 'program_membership', 'all'));`,
    );
    this.addSql(
      `alter table "consent_scope" add constraint "consent_scope_field_access_check" check ("field_access" in ('all', 'basic', 'custom'));`,
    );
    this.addSql(
      `alter table "consent_scope" add constraint "consent_scope_purpose_check" check ("purpose" in ('service_delivery', 'eligibility_verification', 'analytics', 'research', 'audit'));`,
    );

    this.addSql(
      `alter table "consent_recipient_type" add constraint "consent_recipient_type_consent_id_foreign" foreign key ("consent_id") references "consent" ("id") on update cascade on delete cascade;`,
    );
    this.addSql(
      `alter table "consent_recipient_type" add constraint "consent_recipient_type_organization_type_code_foreign" foreign key ("organization_type_code") references "organization_type" ("code") on update cascade on delete cascade;`,
    );

    this.addSql(
      `alter table "consent_recipient" add constraint "consent_recipient_consent_id_foreign" foreign key ("consent_id") references "consent" ("id") on update cascade on delete cascade;`,
    );
    this.addSql(
      `alter table "consent_recipient" add constraint "consent_recipient_organization_id_foreign" foreign key ("organization_id") references "organization" ("id") on update cascade on delete cascade;`,
    );

    this.addSql(
      `alter table "program" add constraint "program_program_type_id_foreign" foreign key ("program_type_id") references "vocabulary_code" ("id") on delete restrict;`,
    );
    this.addSql(
      `alter table "program" add constraint "program_target_type_check" check ("target_type" in ('individual', 'group'));`,
    );
    this.addSql(`alter table "program" add constraint "program_state_check" check ("state" in ('active', 'ended'));`);

    this.addSql(
      `alter table "program_membership" add constraint "program_membership_registrant_id_foreign" foreign key ("registrant_id") references "registrant" ("id") on delete cascade;`,
    );
    this.addSql(
      `alter table "program_membership" add constraint "program_membership_program_id_foreign" foreign key ("program_id") references "program" ("id");`,
    );
    this.addSql(
      `alter table "program_membership" add constraint "program_membership_state_check" check ("state" in ('draft', 'enrolled', 'paused', 'exited', 'not_eligible', 'duplicated'));`,
    );

    this.addSql(
      `alter table "program_identifier" add constraint "program_identifier_program_id_foreign" foreign key ("program_id") references "program" ("id") on delete cascade;`,
    );

    this.addSql(
      `alter table "registrant_identifier" add constraint "registrant_identifier_registrant_id_foreign" foreign key ("registrant_id") references "registrant" ("id") on delete cascade;`,
    );
    this.addSql(
      `alter table "registrant_identifier" add constraint "registrant_identifier_type_id_foreign" foreign key ("type_id") references "vocabulary_code" ("id");`,
    );
    this.addSql(
      `alter table "registrant_identifier" add constraint "registrant_identifier_status_check" check ("status" in ('valid', 'invalid'));`,
    );

    this.addSql(
      `alter table "group_membership" add constraint "group_membership_group_id_foreign" foreign key ("group_id") references "registrant" ("id") on delete cascade;`,
    );
    this.addSql(
      `alter table "group_membership" add constraint "group_membership_individual_id_foreign" foreign key ("individual_id") references "registrant" ("id") on delete cascade;`,
    );
    this.addSql(
      `alter table "group_membership" add constraint "group_membership_role_id_foreign" foreign key ("role_id") references "vocabulary_code" ("id") on delete restrict;`,
    );
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table "registrant" drop constraint "registrant_country_code_foreign";`);
    this.addSql(`alter table "phone_number" drop constraint "phone_number_country_code_foreign";`);
    this.addSql(`alter table "organization" drop constraint "organization_type_code_foreign";`);
    this.addSql(`alter table "api_client" drop constraint "api_client_organization_type_code_foreign";`);
    this.addSql(
      `alter table "consent_recipient_type" drop constraint "consent_recipient_type_organization_type_code_foreign";`,
    );
    this.addSql(`alter table "api_client" drop constraint "api_client_organization_id_foreign";`);
    this.addSql(`alter table "consent" drop constraint "consent_controller_id_foreign";`);
    this.addSql(`alter table "consent_recipient" drop constraint "consent_recipient_organization_id_foreign";`);
    this.addSql(`alter table "api_scope" drop constraint "api_scope_client_id_foreign";`);
    this.addSql(`alter table "vocabulary_code" drop constraint "vocabulary_code_vocabulary_id_foreign";`);
    this.addSql(`alter table "registrant" drop constraint "registrant_gender_id_foreign";`);
    this.addSql(`alter table "program" drop constraint "program_program_type_id_foreign";`);
    this.addSql(`alter table "registrant_identifier" drop constraint "registrant_identifier_type_id_foreign";`);
    this.addSql(`alter table "group_membership" drop constraint "group_membership_role_id_foreign";`);
    this.addSql(`alter table "phone_number" drop constraint "phone_number_registrant_id_foreign";`);
    this.addSql(`alter table "consent" drop constraint "consent_signatory_id_foreign";`);
    this.addSql(`alter table "consent" drop constraint "consent_group_id_foreign";`);
    this.addSql(`alter table "program_membership" drop constraint "program_membership_registrant_id_foreign";`);
    this.addSql(`alter table "registrant_identifier" drop constraint "registrant_identifier_registrant_id_foreign";`);
    this.addSql(`alter table "group_membership" drop constraint "group_membership_group_id_foreign";`);
    this.addSql(`alter table "group_membership" drop constraint "group_membership_individual_id_foreign";`);
    this.addSql(`alter table "consent_scope" drop constraint "consent_scope_consent_id_foreign";`);
    this.addSql(`alter table "consent_recipient_type" drop constraint "consent_recipient_type_consent_id_foreign";`);
    this.addSql(`alter table "consent_recipient" drop constraint "consent_recipient_consent_id_foreign";`);
    this.addSql(`alter table "program_membership" drop constraint "program_membership_program_id_foreign";`);
    this.addSql(`alter table "program_identifier" drop constraint "program_identifier_program_id_foreign";`);

    this.addSql(`drop table if exists "country" cascade;`);
    this.addSql(`drop table if exists "identifier_lock" cascade;`);
    this.addSql(`drop table if exists "organization_type" cascade;`);
    this.addSql(`drop table if exists "organization" cascade;`);
    this.addSql(`drop table if exists "api_client" cascade;`);
    this.addSql(`drop table if exists "api_scope" cascade;`);
    this.addSql(`drop table if exists "setting" cascade;`);
    this.addSql(`drop table if exists "vocabulary" cascade;`);
    this.addSql(`drop table if exists "vocabulary_code" cascade;`);
    this.addSql(`drop table if exists "registrant" cascade;`);
    this.addSql(`drop table if exists "phone_number" cascade;`);
    this.addSql(`drop table if exists "consent" cascade;`);
    this.addSql(`drop table if exists "consent_scope" cascade;`);
    this.addSql(`drop table if exists "consent_recipient_type" cascade;`);
    this.addSql(`drop table if exists "consent_recipient" cascade;`);
    this.addSql(`drop table if exists "program" cascade;`);
    this.addSql(`drop table if exists "program_membership" cascade;`);
    this.addSql(`drop table if exists "program_identifier" cascade;`);
    this.addSql(`drop table if exists "registrant_identifier" cascade;`);
    this.addSql(`drop table if exists "group_membership" cascade;`);
  }
}
