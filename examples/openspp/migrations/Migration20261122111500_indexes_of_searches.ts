import { Migration } from '@mikro-orm/migrations';

export class Migration20261122111500_indexes_of_searches extends Migration {
  override name = 'Migration20261122111500_indexes_of_searches';

  override up(): void | Promise<void> {
    this.addSql(
      `alter table "consent_scope" add "hides_name" boolean generated always as ("field_access" = 'custom' and not coalesce("custom_fields" @> '["name"]'::jsonb, false)) stored not null;`,
    );
    this.addSql(
      `create index "consent_scope_hides_name_consent_id_index" on "consent_scope" ("hides_name", "consent_id");`,
    );

    this.addSql(
      `create index "consent_recipient_type_organization_type_code_consent_id_index" on "consent_recipient_type" ("organization_type_code", "consent_id");`,
    );
    this.addSql(
      `create index "consent_recipient_organization_id_consent_id_index" on "consent_recipient" ("organization_id", "consent_id");`,
    );

    this.addSql(`drop index "registrant_birth_date_index";`);
    this.addSql(
      `create index "registrant_kind_active_birth_date_name_id_index" on "registrant" ("kind", "active", "birth_date", "name", "id");`,
    );

    this.addSql(
      `create index "registrant_address_trigram" on "registrant" using gin ("street" gin_trgm_ops, "city" gin_trgm_ops, "state" gin_trgm_ops);`,
    );

    this.addSql(`create index "group_membership_role_id_index" on "group_membership" ("role_id");`);
    this.addSql(`create index "program_membership_created_at_id_index" on "program_membership" ("created_at", "id");`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop index "group_membership_role_id_index";`);
    this.addSql(`drop index "program_membership_created_at_id_index";`);
    this.addSql(`drop index "registrant_address_trigram";`);
    this.addSql(`drop index "registrant_kind_active_birth_date_name_id_index";`);
    this.addSql(`create index "registrant_birth_date_index" on "registrant" ("birth_date");`);
    this.addSql(`drop index "consent_recipient_organization_id_consent_id_index";`);
    this.addSql(`drop index "consent_recipient_type_organization_type_code_consent_id_index";`);
    this.addSql(`drop index "consent_scope_hides_name_consent_id_index";`);
    this.addSql(`alter table "consent_scope" drop column "hides_name";`);
  }
}
