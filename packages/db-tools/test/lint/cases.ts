/** What stands in the database before each case: `shop.items` has rows, `shop.owners` has none without an index. */
export const SETUP = `
create schema shop;
create type shop.state as enum ('draft', 'open', 'done');
create table shop.owners (id integer primary key, name text not null);
create table shop.items (
  id integer primary key,
  owner_id integer,
  name text,
  code varchar(20),
  amount text,
  price integer not null default 0,
  state shop.state not null default 'open'
);
insert into shop.owners select n, 'owner ' || n from generate_series(1, 50) n;
insert into shop.items (id, owner_id, name, code, amount, state)
  select n, 1 + n % 50, 'item ' || n, 'c' || n, n, case when n % 2 = 0 then 'open' else 'done' end::shop.state
  from generate_series(1, 2000) n;
create table shop.logs (n integer);
insert into shop.logs select generate_series(1, 100);
create index items_code on shop.items (code);
analyze;`;

export interface Case {
  rule: string;
  unsafe: string;
  /** Stands before it, in a file of its own, and is fine. */
  after?: string;
  /** A part of the message. */
  says?: string;
  /** Forms that are fine as they are. */
  fine?: string[];
}

export const CASES: Case[] = [
  {
    rule: 'transaction-control',
    unsafe: 'begin; alter table shop.items add column note text; commit;',
    says: 'BEGIN is transaction control',
    fine: [
      'do $$ begin update shop.items set name = name; commit; end $$',
      'create function shop.f() returns int language sql begin atomic; select 1; end',
    ],
  },
  {
    rule: 'enum-value-in-same-transaction',
    unsafe: `-- db: transaction=file
alter type shop.state add value 'late';
alter table shop.items alter column state set default 'late';`,
    says: "'late' is added to shop.state in line 2",
    fine: [
      "alter type shop.state add value 'late'; alter table shop.items alter column state set default 'late'",
      "-- db: transaction=file\nalter type shop.state add value 'late'; alter table shop.items alter column name set default 'later'",
    ],
  },
  {
    rule: 'enum-recreated',
    unsafe: `ALTER TABLE "shop"."items" ALTER COLUMN "state" DROP DEFAULT;--> statement-breakpoint
ALTER TABLE "shop"."items" ALTER COLUMN "state" SET DATA TYPE text;--> statement-breakpoint
DROP TYPE "shop"."state";--> statement-breakpoint
CREATE TYPE "shop"."state" AS ENUM('open', 'waiting', 'done', 'it''s');--> statement-breakpoint
ALTER TABLE "shop"."items" ALTER COLUMN "state" SET DATA TYPE "shop"."state" USING "state"::"shop"."state";`,
    says: 'rewritten, twice',
    fine: [
      "create type shop.fresh as enum ('a'); drop type shop.fresh; create type shop.fresh as enum ('b')",
      "alter type shop.state add value 'waiting' after 'open'",
    ],
  },
  {
    rule: 'type-change-without-using',
    unsafe: 'ALTER TABLE "shop"."items" ALTER COLUMN "amount" SET DATA TYPE integer;',
    says: 'text does not turn into integer by itself',
    fine: [
      'alter table shop.items alter column code type text',
      'alter table shop.items alter column code type varchar(40)',
      'create table shop.fresh (a text); alter table shop.fresh alter column a type integer using a::integer',
    ],
  },
  {
    rule: 'changing-column-type',
    unsafe: 'alter table shop.items alter column price set data type bigint',
    says: 'rewritten',
    fine: ['alter table shop.items alter column code type varchar'],
  },
  {
    rule: 'changing-column-type',
    unsafe:
      'alter table shop.items alter column amount type integer using amount::integer, alter column price set default 1',
  },
  {
    rule: 'marker-in-literal',
    unsafe: `update shop.items set name = 'a --> statement-breakpoint b' where id = 1;`,
    says: 'inside of a literal',
    fine: ['update shop.items set name = name;--> statement-breakpoint\nselect 1'],
  },
  {
    rule: 'marker-in-literal',
    unsafe: `create function shop.g() returns text language plpgsql as $$
begin
  --> statement-breakpoint
  return 'x';
end $$;`,
  },
  {
    rule: 'marker-in-literal',
    unsafe: '-- put --> statement-breakpoint between them\nselect 1;',
    says: 'inside of a comment',
  },
  {
    rule: 'concurrent-if-not-exists',
    unsafe: 'create index concurrently if not exists items_name on shop.items (name)',
    says: 'INVALID',
    fine: ['create index concurrently items_name on shop.items (name)'],
  },
  {
    rule: 'not-null-without-default',
    unsafe: 'ALTER TABLE "shop"."items" ADD COLUMN "checksum" text NOT NULL;',
    says: 'It fails as soon as "shop"."items" has a row',
    fine: [
      `alter table shop.items add column checksum text not null default ''`,
      'alter table shop.items add column checksum text',
      'create table shop.fresh (id int primary key); alter table shop.fresh add column a text not null',
    ],
  },
  { rule: 'not-null-without-default', unsafe: 'alter table shop.items add column other shop.state not null' },
  {
    rule: 'set-not-null',
    unsafe: 'ALTER TABLE "shop"."items" ALTER COLUMN "name" SET NOT NULL;',
    says: 'Every row is read',
    fine: [
      `-- db: transaction=each
alter table shop.items add constraint c check (name is not null) not valid;
alter table shop.items validate constraint c;
alter table shop.items alter column name set not null;
alter table shop.items drop constraint c`,
    ],
  },
  {
    rule: 'set-not-null',
    // Of another column.
    unsafe: `-- db: transaction=each
alter table shop.items add constraint c check (code is not null) not valid;
alter table shop.items validate constraint c;
alter table shop.items alter column name set not null`,
  },
  {
    rule: 'drop-without-contract',
    unsafe: 'ALTER TABLE "shop"."items" DROP COLUMN "amount";',
    says: 'Code that runs may still use "shop"."items"."amount"',
    fine: [
      '-- db: phase=contract\nalter table shop.items drop column amount',
      'create table shop.fresh (a int, b int); alter table shop.fresh drop column b; drop table shop.fresh',
      'create view shop.v as select 1 as a; drop view shop.v',
    ],
  },
  { rule: 'drop-without-contract', unsafe: 'drop table if exists shop.items cascade' },
  { rule: 'drop-without-contract', unsafe: 'drop schema shop cascade' },
  {
    rule: 'foreign-key-without-index',
    unsafe:
      'ALTER TABLE "shop"."items" ADD CONSTRAINT "items_owner_id_owners_id_fk" FOREIGN KEY ("owner_id") REFERENCES "shop"."owners"("id") ON DELETE cascade ON UPDATE no action NOT VALID;',
    says: 'no index begins with owner_id',
    fine: [
      `create table shop.fresh (id int primary key, owner_id int, constraint f foreign key (owner_id) references shop.owners (id));
create index on shop.fresh (owner_id)`,
      `create table shop.fresh (owner_id int references shop.owners, n int, primary key (owner_id, n))`,
      `create table shop.fresh (owner_id int references shop.owners); create index on shop.fresh (owner_id) where owner_id is not null`,
      `create table shop.fresh (a int, b int, foreign key (a, b) references shop.owners (a, b)); create index on shop.fresh (b, a) where "shop"."fresh"."b" is not null`,
    ],
  },
  {
    rule: 'foreign-key-without-index',
    unsafe: 'create table shop.fresh (id int primary key, owner_id int references shop.owners (id))',
  },
  {
    rule: 'foreign-key-without-index',
    unsafe: `create table shop.fresh (owner_id int references shop.owners (id)); create index on shop.fresh (owner_id) where owner_id > 5`,
  },
  {
    rule: 'foreign-key-without-index',
    unsafe: 'alter table shop.items add column second_owner_id int references shop.owners (id)',
  },
  {
    rule: 'name-too-long',
    unsafe: `create index concurrently items_a_name_that_nobody_would_ever_want_to_type_because_it_is_so_long on shop.items (name)`,
    says: 'PostgreSQL keeps 63 bytes of a name',
    fine: [`create index concurrently "${'ä'.repeat(31)}" on shop.items (name)`],
  },
  { rule: 'name-too-long', unsafe: `create table shop."${'ä'.repeat(32)}" (id int primary key)` },
  {
    rule: 'require-concurrent-index-creation',
    unsafe: 'CREATE UNIQUE INDEX "items_name" ON "shop"."items" USING btree ("name");',
    says: 'Nobody can write "shop"."items"',
    fine: ['create table shop.fresh (a int); create index on shop.fresh (a)'],
  },
  {
    // squawk knows tables by their last name only.
    rule: 'require-concurrent-index-creation',
    unsafe: 'create table public.items (a int); create index on shop.items (name)',
  },
  {
    rule: 'require-concurrent-index-deletion',
    unsafe: 'drop index shop.items_code',
    fine: ['drop index concurrently shop.items_code'],
  },
  {
    rule: 'constraint-missing-not-valid',
    unsafe: 'ALTER TABLE "shop"."items" ADD CONSTRAINT "items_price_check" CHECK ("price" >= 0);',
    says: 'All rows are checked while nobody can read or write',
    fine: ['alter table shop.items add constraint c check (price >= 0) not valid'],
  },
  {
    rule: 'constraint-missing-not-valid',
    after: 'create index concurrently on shop.items (owner_id)',
    unsafe: 'alter table shop.items add foreign key (owner_id) references shop.owners (id) on delete cascade',
    says: 'nobody can write shop.items and shop.owners',
  },
  {
    rule: 'constraint-missing-not-valid',
    unsafe:
      'alter table shop.items add constraint c check (price >= 0) not valid; alter table shop.items validate constraint c',
    says: 'validated in the same transaction',
  },
  {
    rule: 'constraint-missing-not-valid',
    unsafe: 'alter table shop.items add column second int references shop.owners (id)',
  },
  {
    rule: 'disallowed-unique-constraint',
    unsafe: 'ALTER TABLE "shop"."items" ADD CONSTRAINT "items_name_unique" UNIQUE("name");',
    says: 'while the index of the constraint is built',
    fine: [
      'create unique index concurrently u on shop.items (name); alter table shop.items add constraint u unique using index u',
    ],
  },
  {
    rule: 'disallowed-unique-constraint',
    unsafe: 'alter table shop.logs add primary key (n)',
  },
  { rule: 'disallowed-unique-constraint', unsafe: 'alter table shop.items add column slug text unique' },
  { rule: 'disallowed-unique-constraint', unsafe: 'alter table shop.items add unique nulls not distinct (name, code)' },
  {
    rule: 'disallowed-unique-constraint',
    unsafe: 'alter table shop.logs add column id uuid primary key default gen_random_uuid()',
  },
  { rule: 'disallowed-unique-constraint', unsafe: 'alter table shop.logs add column "Id" bigserial primary key' },
  {
    rule: 'adding-field-with-default',
    unsafe: 'ALTER TABLE "shop"."items" ADD COLUMN "token" uuid DEFAULT gen_random_uuid();',
    says: 'the value of "token" has to be worked out for every row',
    fine: [
      'alter table shop.items add column at timestamptz default now()',
      'create table shop.fresh (a int); alter table shop.fresh add column b uuid default gen_random_uuid()',
    ],
  },
  {
    rule: 'adding-field-with-default',
    unsafe: 'alter table shop.items add column total int generated always as (price * 2) stored',
  },
  { rule: 'adding-field-with-default', unsafe: 'alter table shop.items add column seq serial' },
  {
    rule: 'adding-field-with-default',
    unsafe: 'alter table shop.items add column seq bigint generated always as identity',
  },
  {
    rule: 'renaming-column',
    unsafe: 'ALTER TABLE "shop"."items" RENAME COLUMN "code" TO "sku";',
    says: 'fails from that moment on',
    fine: ['create table shop.fresh (a int); alter table shop.fresh rename column a to b'],
  },
  { rule: 'renaming-column', unsafe: 'alter table shop.items rename state to status' },
  {
    rule: 'renaming-table',
    unsafe: 'ALTER TABLE "shop"."items" RENAME TO "goods";',
    fine: [
      'create table shop.fresh (a int); alter table shop.fresh rename to fresher; create index on shop.fresher (a)',
      'alter table shop.items rename to goods; create view shop.items as select * from shop.goods',
    ],
  },
  { rule: 'renaming-table', unsafe: 'alter table shop.items set schema public' },
  {
    rule: 'exception-without-reason',
    unsafe: '-- db: allow=drop-without-contract\nalter table shop.items drop column amount',
    says: 'why drop-without-contract may be broken here',
    fine: [
      '-- db: allow=drop-without-contract reason=nobody has read it since 2.3\nalter table shop.items drop column amount',
    ],
  },
  {
    rule: 'exception-without-reason',
    unsafe: '-- squawk-ignore ban-drop-column\nalter table shop.items drop column amount',
    fine: [
      '-- squawk-ignore ban-drop-column -- nobody reads it\nalter table shop.items drop column amount',
      '/* squawk-ignore-file prefer-text-field -- the other side has that limit */ alter table shop.items add column c varchar(3)',
    ],
  },
  { rule: 'exception-without-reason', unsafe: '-- squawk-ignore\nselect 1' },
  // What squawk finds and we have no rule for.
  { rule: 'ban-truncate-cascade', unsafe: 'truncate shop.owners cascade' },
  { rule: 'syntax-error', unsafe: 'alter table shop.items add colum x int', says: 'expected' },
  {
    rule: 'require-concurrent-reindex',
    unsafe: 'reindex table shop.items',
    fine: ['reindex table concurrently shop.items'],
  },
  // What nobody could read.
  { rule: 'unreadable-sql', unsafe: "select 'open" },
  { rule: 'unknown-directive', unsafe: '-- db: transactoin=none\nselect 1' },
  { rule: 'transaction-mode', unsafe: '-- db: transaction=file\ncreate index concurrently on shop.items (name)' },
];
