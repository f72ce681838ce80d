import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  date,
  foreignKey,
  index,
  integer,
  jsonb,
  numeric,
  type PgTableExtraConfigValue,
  pgEnum,
  pgMaterializedView,
  pgPolicy,
  pgRole,
  pgSchema,
  pgSequence,
  pgTable,
  pgView,
  primaryKey,
  serial,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';

type Exports = Record<string, unknown>;

/** One kind of migration that drizzle-kit writes: what the schema exports before and after it. */
export interface Kind {
  before: () => Exports;
  after: () => Exports;
  rename?: string[];
  create?: string[];
  drop?: string[];
  /** Why there is no way back for the data; without it the down file is proved as it is. */
  irreversible?: RegExp;
}

// biome-ignore lint/suspicious/noExplicitAny: the columns are the kind's own
type Extras = (table: any) => PgTableExtraConfigValue[];

/** A change within one table: its columns and extras, before and after. */
function inTable(
  name: string,
  before: () => [object, Extras?],
  after: () => [object, Extras?],
  rest: Omit<Kind, 'before' | 'after'> = {},
): Kind {
  const make =
    (of: () => [object, Extras?]): (() => Exports) =>
    () => {
      const [columns, extras] = of();
      return { table: pgTable(name, { id: integer().primaryKey(), ...columns }, extras as never) };
    };
  return { before: make(before), after: make(after), ...rest };
}

const none = () => ({});

/** Names of roles are those of the whole server. */
export function kinds(roles: { old: string; new: string }): Record<string, Kind> {
  return {
    // Tables
    'a table is created, with everything in it': {
      before: none,
      after: () => {
        const mood = pgEnum('k_mood', ['ok', 'bad']);
        const parent = pgTable('k_parent', { id: uuid().primaryKey().defaultRandom() });
        const child = pgTable(
          'k_child',
          {
            id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
            parentId: uuid('parent_id').references(() => parent.id),
            mood: mood().notNull().default('ok'),
            tags: text().array(),
            body: jsonb().notNull().default({}),
          },
          (table) => [index('k_child_idx').on(table.parentId), unique().on(table.mood, table.parentId)],
        );
        return { mood, parent, child };
      },
    },
    'a table is dropped': {
      before: () => ({ gone: pgTable('k_gone', { id: serial().primaryKey(), name: text().notNull() }) }),
      after: none,
      irreversible: /rows of public\.k_gone/,
    },
    'a table that others point to is dropped': {
      before: () => {
        const target = pgTable('k_target', { id: integer().primaryKey() });
        return { target, source: pgTable('k_source', { id: integer().references(() => target.id) }) };
      },
      after: () => ({ source: pgTable('k_source', { id: integer() }) }),
      irreversible: /rows of public\.k_target/,
    },
    'a table is renamed': {
      before: () => ({ table: pgTable('k_old', { id: integer().primaryKey(), n: integer().unique() }) }),
      after: () => ({ table: pgTable('k_new', { id: integer().primaryKey(), n: integer().unique() }) }),
      rename: ['public.k_old=k_new'],
    },
    'a table is renamed with a column': {
      before: () => ({ table: pgTable('k_both', { id: integer().primaryKey(), n: integer().unique() }) }),
      after: () => ({ table: pgTable('k_twice', { id: integer().primaryKey(), m: integer().unique() }) }),
      rename: ['public.k_both=k_twice', 'public.k_twice.n=m'],
    },
    'a table moves to another schema': {
      before: () => ({ s: pgSchema('k_there'), table: pgTable('k_moved', { id: integer().primaryKey() }) }),
      after: () => {
        const s = pgSchema('k_there');
        return { s, table: s.table('k_moved', { id: integer().primaryKey() }) };
      },
      rename: ['public.k_moved=k_there.k_moved'],
    },
    'a table moves to a schema that is created for it': {
      before: () => ({ table: pgTable('k_settler', { id: integer().primaryKey() }) }),
      after: () => {
        const s = pgSchema('k_new_land');
        return { s, table: s.table('k_settler', { id: integer().primaryKey() }) };
      },
      rename: ['public.k_settler=k_new_land.k_settler'],
    },
    'a table leaves a schema that is dropped': {
      before: () => {
        const s = pgSchema('k_old_land');
        return { s, table: s.table('k_emigrant', { id: integer().primaryKey() }) };
      },
      after: () => ({ table: pgTable('k_emigrant', { id: integer().primaryKey() }) }),
      rename: ['k_old_land.k_emigrant=public.k_emigrant'],
    },
    'a table is dropped and another one created': {
      before: () => ({ table: pgTable('k_first', { id: integer().primaryKey() }) }),
      after: () => ({ table: pgTable('k_second', { id: integer().primaryKey() }) }),
      create: ['public.k_second'],
      irreversible: /rows of public\.k_first/,
    },

    // Columns
    'a column is added': inTable(
      'k_add',
      () => [{}],
      () => [{ a: text(), b: integer().notNull().default(1) }],
    ),
    'a column is dropped': inTable(
      'k_drop',
      () => [{ a: varchar({ length: 9 }).notNull() }],
      () => [{}],
      {
        irreversible: /values of public\.k_drop\.a/,
      },
    ),
    'a column is renamed, with the index and the constraints named after it': inTable(
      'k_rename',
      () => [{ a: integer().unique() }, (t) => [index('k_rename_a').on(t.a)]],
      () => [{ b: integer().unique() }, (t) => [index('k_rename_b').on(t.b)]],
      { rename: ['public.k_rename.a=b'] },
    ),
    'a column is dropped and another one added': inTable(
      'k_instead',
      () => [{ a: text() }],
      () => [{ b: text() }],
      { drop: ['public.k_instead.a'], irreversible: /values of public\.k_instead\.a/ },
    ),
    'a column is renamed, another one dropped and a third one added': inTable(
      'k_mixed',
      () => [{ a: text(), b: text() }],
      () => [{ c: text(), d: text() }],
      { rename: ['public.k_mixed.a=c'], drop: ['public.k_mixed.b'], irreversible: /values of public\.k_mixed\.b/ },
    ),
    'a default is set': inTable(
      'k_default',
      () => [{ a: integer() }],
      () => [{ a: integer().default(3) }],
    ),
    'a default is changed': inTable(
      'k_default_2',
      () => [{ a: text().default("it's") }],
      () => [{ a: text().default('its') }],
    ),
    'a default is dropped': inTable(
      'k_default_3',
      () => [{ a: integer().default(3) }],
      () => [{ a: integer() }],
    ),
    'a default is an expression': inTable(
      'k_default_4',
      () => [{ a: timestamp() }],
      () => [{ a: timestamp().defaultNow() }],
    ),
    'NOT NULL is set': inTable(
      'k_not_null',
      () => [{ a: integer() }],
      () => [{ a: integer().notNull() }],
    ),
    'NOT NULL is dropped': inTable(
      'k_null',
      () => [{ a: integer().notNull() }],
      () => [{ a: integer() }],
    ),

    // Types
    'a type is widened': inTable(
      'k_wide',
      () => [{ a: integer() }],
      () => [{ a: bigint({ mode: 'number' }) }],
    ),
    'a varchar is widened': inTable(
      'k_wide_2',
      () => [{ a: varchar({ length: 10 }) }],
      () => [{ a: varchar({ length: 20 }) }],
    ),
    'a varchar becomes text': inTable(
      'k_text',
      () => [{ a: varchar({ length: 9 }) }],
      () => [{ a: text() }],
    ),
    'a number becomes text': inTable(
      'k_number',
      () => [{ a: integer().default(1) }],
      () => [{ a: text().default('1') }],
    ),
    'text becomes a number': inTable(
      'k_digits',
      () => [{ a: text() }],
      () => [{ a: integer() }],
      {
        irreversible: /k_digits\.a.*integer/,
      },
    ),
    'a number is narrowed': inTable(
      'k_narrow',
      () => [{ a: numeric({ precision: 12, scale: 4 }) }],
      () => [{ a: numeric({ precision: 12, scale: 2 }) }],
      { irreversible: /k_narrow\.a/ },
    ),
    'a timestamp becomes a date': inTable(
      'k_date',
      () => [{ a: timestamp() }],
      () => [{ a: date() }],
      {
        irreversible: /k_date\.a/,
      },
    ),
    'text becomes an enum': {
      before: () => ({ table: pgTable('k_enumed', { a: text().default('x') }) }),
      after: () => {
        const letter = pgEnum('k_letter', ['x', 'y']);
        return { letter, table: pgTable('k_enumed', { a: letter().default('x') }) };
      },
    },
    'an enum becomes text': {
      before: () => {
        const letter = pgEnum('k_letter_2', ['x', 'y']);
        return { letter, table: pgTable('k_texted', { a: letter().default('x') }) };
      },
      after: () => ({ table: pgTable('k_texted', { a: text().default('x') }) }),
    },
    'an array comes': inTable(
      'k_array',
      () => [{ a: integer() }],
      () => [{ a: integer(), b: integer().array() }],
    ),

    // Constraints and indexes
    'a primary key is added': {
      before: () => ({ table: pgTable('k_pk', { a: integer().notNull() }) }),
      after: () => ({ table: pgTable('k_pk', { a: integer().primaryKey() }) }),
    },
    'a primary key is dropped': {
      before: () => ({ table: pgTable('k_pk_2', { a: integer().primaryKey() }) }),
      after: () => ({ table: pgTable('k_pk_2', { a: integer().notNull() }) }),
    },
    'a primary key moves to another column': {
      before: () => ({ table: pgTable('k_pk_3', { a: integer().primaryKey(), b: integer().notNull() }) }),
      after: () => ({ table: pgTable('k_pk_3', { a: integer().notNull(), b: integer().primaryKey() }) }),
    },
    'a composite primary key is added': {
      before: () => ({ table: pgTable('k_pk_4', { a: integer().notNull(), b: integer().notNull() }) }),
      after: () => ({
        table: pgTable('k_pk_4', { a: integer().notNull(), b: integer().notNull() }, (t) => [
          primaryKey({ columns: [t.a, t.b] }),
        ]),
      }),
    },
    'a composite primary key changes': {
      before: () => ({
        table: pgTable('k_pk_5', { a: integer().notNull(), b: integer().notNull() }, (t) => [
          primaryKey({ name: 'k_pk_5_pk', columns: [t.a, t.b] }),
        ]),
      }),
      after: () => ({
        table: pgTable('k_pk_5', { a: integer().notNull(), b: integer().notNull() }, (t) => [
          primaryKey({ name: 'k_pk_5_pk', columns: [t.b, t.a] }),
        ]),
      }),
    },
    'a UNIQUE is added': inTable(
      'k_unique',
      () => [{ a: integer() }],
      () => [{ a: integer().unique() }],
    ),
    'a UNIQUE is dropped': inTable(
      'k_unique_2',
      () => [{ a: integer() }, (t) => [unique('k_unique_2_nulls').on(t.a).nullsNotDistinct()]],
      () => [{ a: integer() }],
    ),
    'a CHECK is added': inTable(
      'k_check',
      () => [{ a: integer() }],
      () => [{ a: integer() }, () => [check('k_check_positive', sql`a > 0`)]],
    ),
    'a CHECK is changed': inTable(
      'k_check_2',
      () => [{ a: integer() }, () => [check('k_check_2_range', sql`a > 0`)]],
      () => [{ a: integer() }, () => [check('k_check_2_range', sql`a > 1`)]],
    ),
    'a CHECK is dropped': inTable(
      'k_check_3',
      () => [{ a: integer() }, () => [check('k_check_3_positive', sql`a > 0`)]],
      () => [{ a: integer() }],
    ),
    'a foreign key is added': {
      before: () => foreignKeys('k_fk', {}),
      after: () => foreignKeys('k_fk', { onDelete: 'cascade' }),
    },
    'a foreign key is changed': {
      before: () => foreignKeys('k_fk_2', { onDelete: 'cascade' }),
      after: () => foreignKeys('k_fk_2', { onDelete: 'set null' }),
    },
    'a foreign key is dropped': {
      before: () => foreignKeys('k_fk_3', { onDelete: 'restrict' }),
      after: () => foreignKeys('k_fk_3', {}),
    },
    'indexes of every kind are added': inTable(
      'k_index',
      () => [{ a: integer(), b: text(), c: jsonb() }],
      () => [{ a: integer(), b: text(), c: jsonb() }, indexes('k_index')],
    ),
    'indexes of every kind are dropped': inTable(
      'k_index_2',
      () => [{ a: integer(), b: text(), c: jsonb() }, indexes('k_index_2')],
      () => [{ a: integer(), b: text(), c: jsonb() }],
    ),
    'an index is changed': inTable(
      'k_index_3',
      () => [{ a: integer(), b: text() }, (t) => [index('k_index_3_i').on(t.a)]],
      () => [{ a: integer(), b: text() }, (t) => [index('k_index_3_i').on(t.b)]],
    ),
    'an index is built beside writers': inTable(
      'k_index_4',
      () => [{ a: integer() }],
      () => [{ a: integer() }, (t) => [index('k_index_4_i').on(t.a).concurrently()]],
    ),

    // Enums
    'an enum is created': { before: none, after: () => ({ e: pgEnum('k_enum', ['a', 'b']) }) },
    'an enum is dropped': { before: () => ({ e: pgEnum('k_enum_2', ['a', 'b']) }), after: none },
    'an enum is renamed': {
      before: () => usedEnum('k_enum_3', 'k_enum_3', ['a', 'b']),
      after: () => usedEnum('k_enum_3', 'k_enum_3_new', ['a', 'b']),
      rename: ['public.k_enum_3=public.k_enum_3_new'],
    },
    'an enum moves to another schema': {
      before: () => ({ s: pgSchema('k_enums'), e: pgEnum('k_enum_4', ['a']) }),
      after: () => {
        const s = pgSchema('k_enums');
        return { s, e: s.enum('k_enum_4', ['a']) };
      },
      rename: ['public.k_enum_4=k_enums.k_enum_4'],
    },
    'a value is added to an enum': {
      before: () => usedEnum('k_enum_5', 'k_enum_5', ['a', 'c']),
      after: () => usedEnum('k_enum_5', 'k_enum_5', ['a', 'b', 'c', 'd']),
      irreversible: /values b, d of public\.k_enum_5/,
    },
    'a value of an enum is dropped': {
      before: () => usedEnum('k_enum_6', 'k_enum_6', ['a', 'b', 'c']),
      after: () => usedEnum('k_enum_6', 'k_enum_6', ['a', 'c']),
    },
    'a value of an enum is renamed': {
      before: () => usedEnum('k_enum_7', 'k_enum_7', ['a', 'b']),
      after: () => usedEnum('k_enum_7', 'k_enum_7', ['a', 'z']),
      irreversible: /value z of public\.k_enum_7/,
    },

    // Schemas and sequences
    'a schema is created with a table': {
      before: none,
      after: () => {
        const s = pgSchema('k_schema');
        return { s, table: s.table('inside', { id: integer().primaryKey() }) };
      },
    },
    'a schema is dropped with a table': {
      before: () => {
        const s = pgSchema('k_schema_2');
        return { s, table: s.table('inside', { id: integer().primaryKey() }) };
      },
      after: none,
      irreversible: /rows of k_schema_2\.inside/,
    },
    'a schema is renamed': {
      before: () => {
        const s = pgSchema('k_schema_3');
        return { s, table: s.table('inside', { id: integer().primaryKey() }) };
      },
      after: () => {
        const s = pgSchema('k_schema_4');
        return { s, table: s.table('inside', { id: integer().primaryKey() }) };
      },
      rename: ['k_schema_3=k_schema_4'],
    },
    'a schema is renamed with a table and a column': {
      before: () => {
        const s = pgSchema('k_schema_5');
        return { s, table: s.table('one', { a: integer().primaryKey() }) };
      },
      after: () => {
        const s = pgSchema('k_schema_6');
        return { s, table: s.table('two', { b: integer().primaryKey() }) };
      },
      rename: ['k_schema_5=k_schema_6', 'k_schema_6.one=two', 'k_schema_6.two.a=b'],
    },
    'a sequence is created': { before: none, after: () => ({ q: pgSequence('k_seq', { startWith: 10 }) }) },
    'a sequence is changed': {
      before: () => ({ q: pgSequence('k_seq_2', { increment: 1 }) }),
      after: () => ({ q: pgSequence('k_seq_2', { increment: 5, cycle: true }) }),
    },
    'a sequence is renamed': {
      before: () => ({ q: pgSequence('k_seq_3') }),
      after: () => ({ q: pgSequence('k_seq_4') }),
      rename: ['public.k_seq_3=k_seq_4'],
    },
    'a sequence is dropped': {
      before: () => ({ q: pgSequence('k_seq_5', { startWith: 10 }) }),
      after: none,
      irreversible: /sequence public\.k_seq_5/,
    },

    // Identity and generated columns
    'an identity is added': inTable(
      'k_identity',
      () => [{ a: integer().notNull() }],
      () => [{ a: integer().notNull().generatedByDefaultAsIdentity() }],
    ),
    'an identity is changed': inTable(
      'k_identity_2',
      () => [{ a: integer().notNull().generatedByDefaultAsIdentity() }],
      () => [{ a: integer().notNull().generatedAlwaysAsIdentity({ increment: 5 }) }],
    ),
    'an identity is dropped': inTable(
      'k_identity_3',
      () => [{ a: integer().notNull().generatedAlwaysAsIdentity() }],
      () => [{ a: integer().notNull() }],
      { irreversible: /k_identity_3\.a/ },
    ),
    'a generated column is added': inTable(
      'k_generated',
      () => [{ a: integer() }],
      () => [{ a: integer(), b: integer().generatedAlwaysAs(sql`a + 1`) }],
    ),
    'a generated column is dropped': inTable(
      'k_generated_2',
      () => [{ a: integer(), b: integer().generatedAlwaysAs(sql`a + 1`) }],
      () => [{ a: integer() }],
    ),
    'a generated column is changed': inTable(
      'k_generated_3',
      () => [{ a: integer(), b: integer().generatedAlwaysAs(sql`a + 1`) }],
      () => [{ a: integer(), b: integer().generatedAlwaysAs(sql`a + 2`) }],
    ),
    'a column becomes a generated one': inTable(
      'k_generated_4',
      () => [{ a: integer(), b: integer() }],
      () => [{ a: integer(), b: integer().generatedAlwaysAs(sql`a + 1`) }],
      { irreversible: /values of public\.k_generated_4\.b/ },
    ),
    'a generated column becomes an ordinary one': inTable(
      'k_generated_5',
      () => [{ a: integer(), b: integer().generatedAlwaysAs(sql`a + 1`) }],
      () => [{ a: integer(), b: integer() }],
    ),

    // Views
    'a view is created': {
      before: () => viewed('k_view'),
      after: () => viewed('k_view', (q) => ({ v: pgView('k_view_v').as(q) })),
    },
    'a view is dropped': {
      before: () => viewed('k_view_2', (q) => ({ v: pgView('k_view_2_v').as(q) })),
      after: () => viewed('k_view_2'),
    },
    'a view is renamed': {
      before: () => viewed('k_view_3', (q) => ({ v: pgView('k_view_3_v').as(q) })),
      after: () => viewed('k_view_3', (q) => ({ v: pgView('k_view_3_w').as(q) })),
      rename: ['public.k_view_3_v=k_view_3_w'],
    },
    'the query of a view is changed': {
      before: () => ({
        ...viewed('k_view_4'),
        v: pgView('k_view_4_v', { id: integer() }).as(sql`select id from k_view_4`),
      }),
      after: () => ({
        ...viewed('k_view_4'),
        v: pgView('k_view_4_v', { id: integer() }).as(sql`select id + 1 as id from k_view_4`),
      }),
    },
    'the options of a view are changed': {
      before: () => viewed('k_view_5', (q) => ({ v: pgView('k_view_5_v').as(q) })),
      after: () => viewed('k_view_5', (q) => ({ v: pgView('k_view_5_v').with({ securityInvoker: true }).as(q) })),
    },
    'a materialized view is created': {
      before: () => viewed('k_view_6'),
      after: () => viewed('k_view_6', (q) => ({ v: pgMaterializedView('k_view_6_v').as(q) })),
    },
    'a materialized view is dropped': {
      before: () => viewed('k_view_7', (q) => ({ v: pgMaterializedView('k_view_7_v').as(q) })),
      after: () => viewed('k_view_7'),
    },
    'a materialized view is renamed': {
      before: () => viewed('k_view_8', (q) => ({ v: pgMaterializedView('k_view_8_v').as(q) })),
      after: () => viewed('k_view_8', (q) => ({ v: pgMaterializedView('k_view_8_w').as(q) })),
      rename: ['public.k_view_8_v=k_view_8_w'],
    },

    // Who may
    'row level security is enabled': {
      before: () => ({ table: pgTable('k_rls', { id: integer() }) }),
      after: () => ({ table: pgTable('k_rls', { id: integer() }).enableRLS() }),
    },
    'row level security is disabled': {
      before: () => ({ table: pgTable('k_rls_2', { id: integer() }).enableRLS() }),
      after: () => ({ table: pgTable('k_rls_2', { id: integer() }) }),
    },
    'a policy is created': {
      before: () => ({ table: pgTable('k_policy', { id: integer() }).enableRLS() }),
      after: () => policed('k_policy', 'k_policy_p', sql`id > 0`),
    },
    'a policy is changed': {
      before: () => policed('k_policy_2', 'k_policy_2_p', sql`id > 0`),
      after: () => policed('k_policy_2', 'k_policy_2_p', sql`id > 1`),
    },
    'a policy is renamed': {
      before: () => policed('k_policy_3', 'k_policy_3_p', sql`true`),
      after: () => policed('k_policy_3', 'k_policy_3_q', sql`true`),
      rename: ['public.k_policy_3.k_policy_3_p=k_policy_3_q'],
    },
    'a policy is dropped': {
      before: () => policed('k_policy_4', 'k_policy_4_p', sql`true`),
      after: () => ({ table: pgTable('k_policy_4', { id: integer() }).enableRLS() }),
    },
    'a role is created': { before: none, after: () => ({ role: pgRole(roles.new, { createDb: true }) }) },
    'a role is changed': {
      before: () => ({ role: pgRole(`${roles.old}_2`) }),
      after: () => ({ role: pgRole(`${roles.old}_2`, { createDb: true }) }),
    },
    'a role is dropped': {
      before: () => ({ role: pgRole(roles.old) }),
      after: none,
      irreversible: /role .* belonged to/,
    },

    // Several at once
    'many things at once': {
      before: () => {
        const state = pgEnum('k_many_state', ['a', 'b']);
        const one = pgTable('k_many_one', { id: integer().primaryKey(), state: state() });
        return { state, one, two: pgTable('k_many_two', { id: integer().references(() => one.id), x: text() }) };
      },
      after: () => {
        const one = pgTable('k_many_one', { id: integer().primaryKey(), active: boolean().notNull().default(true) });
        const three = pgTable('k_many_three', { id: integer().primaryKey(), y: text() });
        return {
          one,
          three,
          two: pgTable('k_many_two', { id: integer().references(() => three.id), y: text() }, (t) => [
            uniqueIndex('k_many_two_y').on(t.y),
          ]),
        };
      },
      rename: ['public.k_many_two.x=y'],
      drop: ['public.k_many_one.state'],
      irreversible: /values of public\.k_many_one\.state/,
    },
  };
}

function foreignKeys(name: string, { onDelete }: { onDelete?: 'cascade' | 'set null' | 'restrict' }): Exports {
  const to = pgTable(`${name}_to`, { id: integer().primaryKey() });
  const from = pgTable(`${name}_from`, { id: integer() }, (t) =>
    onDelete ? [foreignKey({ name: `${name}_fk`, columns: [t.id], foreignColumns: [to.id] }).onDelete(onDelete)] : [],
  );
  return { to, from };
}

function indexes(name: string): Extras {
  return (t) => [
    index(`${name}_desc`).on(sql`a desc nulls last`),
    index(`${name}_two`).on(t.a, t.b),
    uniqueIndex(`${name}_lower`).on(sql`lower(b)`),
    index(`${name}_gin`).using('gin', t.c),
    index(`${name}_hash`).using('hash', t.a),
    index(`${name}_partial`).on(t.b).where(sql`a is not null`),
    index(`${name}_with`).on(t.b).with({ fillfactor: 70 }),
  ];
}

function usedEnum(table: string, name: string, values: [string, ...string[]]): Exports {
  const type = pgEnum(name, values);
  return { type, table: pgTable(`${table}_table`, { a: type().notNull().default('a'), b: type().array() }) };
}

// biome-ignore lint/suspicious/noExplicitAny: the query builder of drizzle's views
type Query = (qb: any) => any;

function viewed(name: string, views: (query: Query) => Exports = none): Exports {
  const table = pgTable(name, { id: integer().primaryKey(), a: text() });
  return { table, ...views((qb) => qb.select().from(table)) };
}

function policed(table: string, policy: string, using: ReturnType<typeof sql>): Exports {
  return {
    table: pgTable(table, { id: integer() }, () => [
      pgPolicy(policy, { for: 'select', to: 'public', using }),
    ]).enableRLS(),
  };
}
