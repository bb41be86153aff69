import { Migration } from '@mikro-orm/migrations';

export class Migration20261121224552_initial extends Migration {
  override name = 'Migration20261121224552_initial';

  override up(): void | Promise<void> {
    this.addSql(
      `create table "sallyport_client" ("client_id" varchar(128) not null, "name" varchar(200) not null, "active" boolean not null default true, "expires_at" timestamptz null, "secrets" jsonb not null, "scopes" jsonb not null, "token_lifetime_seconds" int null, "epoch" int not null default 0, "attributes" jsonb not null, "created_at" timestamptz not null, "last_used_at" timestamptz null, "request_count" int not null default 0, "secret_use" jsonb not null, primary key ("client_id"));`,
    );

    this.addSql(
      `create table "sallyport_token" ("digest" varchar(43) not null, "client_id" varchar(128) not null, "scopes" jsonb not null, "epoch" int not null, "audience" varchar(200) not null, "issued_at" timestamptz(3) not null, "expires_at" timestamptz(3) not null, primary key ("digest"));`,
    );
    this.addSql(`create index "sallyport_token_client_id" on "sallyport_token" ("client_id");`);
    this.addSql(`create index "sallyport_token_expires_at" on "sallyport_token" ("expires_at");`);

    this.addSql(`create table "company" ("id" serial primary key, "name" varchar(100) not null);`);
    this.addSql(`alter table "company" add constraint "company_name_unique" unique ("name");`);

    this.addSql(
      `create table "country" ("id" serial primary key, "code" varchar(2) not null, "name" varchar(100) not null);`,
    );
    this.addSql(`alter table "country" add constraint "country_code_unique" unique ("code");`);

    this.addSql(
      `create table "partner" ("id" serial primary key, "name" varchar(200) not null, "email" varchar(320) null, "phone" varchar(50) null, "active" boolean not null default true, "birth_date" date null, "credit" double precision null, "image" bytea null, "category" text not null default 'customer', "note" text null, "parent_id" int null, "country_id" int null, "company_id" int not null, "created_at" timestamptz(3) not null, "created_by" varchar(128) not null, "version" int not null default 1);`,
    );
    this.addSql(`alter table "partner" add constraint "partner_email_unique" unique ("email");`);
    this.addSql(`create index "partner_company_id_name_id_index" on "partner" ("company_id", "name", "id");`);
    this.addSql(`create index "partner_parent_id_index" on "partner" ("parent_id");`);

    this.addSql(
      `create table "sales_order" ("id" serial primary key, "reference" varchar(30) not null, "date" date not null, "partner_id" int not null, "total" double precision not null default 0, "version" int not null default 1);`,
    );
    this.addSql(`alter table "sales_order" add constraint "sales_order_reference_unique" unique ("reference");`);
    this.addSql(`create index "sales_order_partner_id_index" on "sales_order" ("partner_id");`);

    this.addSql(
      `create table "order_line" ("id" serial primary key, "order_id" int not null, "product" varchar(200) not null, "quantity" int not null, "price" double precision not null);`,
    );
    this.addSql(`create index "order_line_order_id_index" on "order_line" ("order_id");`);

    this.addSql(`create table "setting" ("key" varchar(100) not null, "value" text not null, primary key ("key"));`);

    this.addSql(
      `create table "tag" ("id" serial primary key, "name" varchar(60) not null, "active" boolean not null default true);`,
    );
    this.addSql(`alter table "tag" add constraint "tag_name_unique" unique ("name");`);

    this.addSql(
      `create table "partner_tags" ("partner_id" int not null, "tag_id" int not null, primary key ("partner_id", "tag_id"));`,
    );

    this.addSql(
      `alter table "partner" add constraint "partner_parent_id_foreign" foreign key ("parent_id") references "partner" ("id") on delete set null;`,
    );
    this.addSql(
      `alter table "partner" add constraint "partner_country_id_foreign" foreign key ("country_id") references "country" ("id") on delete set null;`,
    );
    this.addSql(
      `alter table "partner" add constraint "partner_company_id_foreign" foreign key ("company_id") references "company" ("id");`,
    );
    this.addSql(
      `alter table "partner" add constraint "partner_category_check" check ("category" in ('customer', 'supplier', 'prospect'));`,
    );

    this.addSql(
      `alter table "sales_order" add constraint "sales_order_partner_id_foreign" foreign key ("partner_id") references "partner" ("id");`,
    );

    this.addSql(
      `alter table "order_line" add constraint "order_line_order_id_foreign" foreign key ("order_id") references "sales_order" ("id") on delete cascade;`,
    );

    this.addSql(
      `alter table "partner_tags" add constraint "partner_tags_partner_id_foreign" foreign key ("partner_id") references "partner" ("id") on update cascade on delete cascade;`,
    );
    this.addSql(
      `alter table "partner_tags" add constraint "partner_tags_tag_id_foreign" foreign key ("tag_id") references "tag" ("id") on update cascade on delete cascade;`,
    );
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table "partner" drop constraint "partner_company_id_foreign";`);
    this.addSql(`alter table "partner" drop constraint "partner_country_id_foreign";`);
    this.addSql(`alter table "partner" drop constraint "partner_parent_id_foreign";`);
    this.addSql(`alter table "sales_order" drop constraint "sales_order_partner_id_foreign";`);
    this.addSql(`alter table "partner_tags" drop constraint "partner_tags_partner_id_foreign";`);
    this.addSql(`alter table "order_line" drop constraint "order_line_order_id_foreign";`);
    this.addSql(`alter table "partner_tags" drop constraint "partner_tags_tag_id_foreign";`);

    this.addSql(`drop table if exists "sallyport_client" cascade;`);
    this.addSql(`drop table if exists "sallyport_token" cascade;`);
    this.addSql(`drop table if exists "company" cascade;`);
    this.addSql(`drop table if exists "country" cascade;`);
    this.addSql(`drop table if exists "partner" cascade;`);
    this.addSql(`drop table if exists "sales_order" cascade;`);
    this.addSql(`drop table if exists "order_line" cascade;`);
    this.addSql(`drop table if exists "setting" cascade;`);
    this.addSql(`drop table if exists "tag" cascade;`);
    this.addSql(`drop table if exists "partner_tags" cascade;`);
  }
}
