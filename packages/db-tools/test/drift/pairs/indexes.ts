import { different, same } from '../pair.ts';

const index = (name: string, a: string, b: string, rest: object = {}) =>
  different(
    name,
    { base: 'create table t (a int, b text, c jsonb);', a: a && `create ${a}`, b: `create ${b}`, ...rest },
    'index public.i',
  );

export const indexes = [
  index('an index', '', 'index i on t (a)'),
  index('unique or not', 'index i on t (a)', 'unique index i on t (a)'),
  index('its columns', 'index i on t (a)', 'index i on t (a, b)'),
  index('their order', 'index i on t (a, b)', 'index i on t (b, a)'),
  index('descending', 'index i on t (a)', 'index i on t (a desc)'),
  index('nulls first', 'index i on t (a)', 'index i on t (a nulls first)'),
  index('the method', 'index i on t (a)', 'index i on t using hash (a)'),
  index('gin with an operator class', 'index i on t using gin (c)', 'index i on t using gin (c jsonb_path_ops)'),
  index('a pattern operator class', 'index i on t (b)', 'index i on t (b text_pattern_ops)'),
  index('a collation', 'index i on t (b)', 'index i on t (b collate "C")'),
  index('an expression', 'index i on t (b)', 'index i on t (lower(b))'),
  index('a predicate', 'index i on t (a)', 'index i on t (a) where b is not null'),
  index('included columns', 'index i on t (a)', 'index i on t (a) include (b)'),
  index('nulls not distinct', 'unique index i on t (a)', 'unique index i on t (a) nulls not distinct'),
  index('storage parameters', 'index i on t (a)', 'index i on t (a) with (fillfactor = 50)'),
  index('brin', 'index i on t using brin (a)', 'index i on t using brin (a) with (pages_per_range = 16)'),
  index('an index with a function of ours', '', 'index i on t (f(a))', {
    base: "create table t (a int); create function f(int) returns int language sql immutable as 'select $1';",
  }),
  index('the table', 'index i on t (a)', 'index i on u (a)', {
    base: 'create table t (a int); create table u (a int);',
  }),
  index('an index of a materialized view', '', 'unique index i on m (a)', {
    base: 'create materialized view m as select 1 as a;',
  }),
  different(
    'an invalid index',
    {
      base: 'create table t (a int);',
      a: 'create index i on t (a)',
      b: "create index i on t (a); update pg_index set indisvalid = false where indexrelid = 'i'::regclass",
      manual: ['a to b'],
    },
    'index public.i',
  ),
  different(
    'the name of an index',
    { base: 'create table t (a int);', a: 'create index i on t (a)', b: 'create index j on t (a)' },
    'index public.i',
    'index public.j',
  ),
  different(
    'extended statistics',
    { base: 'create table t (a int, b int);', a: '', b: 'create statistics s on a, b from t' },
    'statistics public.s',
  ),
  different(
    'the kinds of extended statistics',
    {
      base: 'create table t (a int, b int);',
      a: 'create statistics s (ndistinct) on a, b from t',
      b: 'create statistics s (dependencies, mcv) on a, b from t',
    },
    'statistics public.s',
  ),
  different(
    'the target of extended statistics',
    {
      base: 'create table t (a int, b int); create statistics s on a, b from t;',
      a: '',
      b: 'alter statistics s set statistics 10',
    },
    'statistics public.s',
  ),

  same(
    'what is the default anyway',
    'create table t (a int); create index i on t (a)',
    'create table t (a int); create index i on public.t using btree (a asc nulls last)',
  ),
  same(
    'an index that was renamed',
    'create table t (a int); create index i on t (a)',
    'create table t (a int); create index j on t (a); alter index j rename to i',
  ),
  same(
    'an index that was built anew',
    'create table t (a int); create index i on t (a)',
    'create table t (a int); create index i on t (a); reindex index i',
  ),
  same(
    'a name that is given by itself',
    'create table t (a int); create index on t (a)',
    'create table t (a int); create index t_a_idx on t (a)',
  ),
];
