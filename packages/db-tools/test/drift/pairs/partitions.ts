import { different, same } from '../pair.ts';

const parent = "create table p (id int not null, at date not null, note text default 'n') partition by range (at);";
const one = "create table p1 partition of p for values from ('2020-01-01') to ('2021-01-01');";

export const partitions = [
  different('a partitioned table', { a: '', b: parent }, 'table public.p'),
  different(
    'a partitioned table with its partitions',
    {
      a: '',
      b: `${parent} ${one} create table p2 partition of p default; alter table p add primary key (id, at); create index i on p (note)`,
    },
    'table public.p',
    'table public.p1',
    'table public.p2',
  ),
  different('a partition', { base: parent, a: '', b: one }, 'table public.p1'),
  different('the bounds of a partition', { base: parent, a: one, b: one.replace('2021', '2022') }, 'table public.p1'),
  different(
    'a partition or a table',
    { base: parent, a: "create table p1 (id int not null, at date not null, note text default 'n')", b: one },
    'table public.p1',
  ),
  different(
    'by what it is partitioned',
    {
      a: 'create table p (a int, b int) partition by list (a)',
      b: 'create table p (a int, b int) partition by list (b)',
      manual: ['a to b', 'b to a'],
    },
    'table public.p',
  ),
  different(
    'partitioned or not',
    { a: 'create table p (a int)', b: 'create table p (a int) partition by hash (a)', manual: ['a to b', 'b to a'] },
    'table public.p',
  ),
  different(
    'partitions of partitions',
    {
      a: '',
      b: 'create table p (a int, b int) partition by list (a); create table p1 partition of p for values in (1, 2) partition by hash (b); create table p1a partition of p1 for values with (modulus 2, remainder 0)',
    },
    'table public.p',
    'table public.p1',
    'table public.p1a',
  ),
  different(
    'an index on all partitions',
    { base: parent + one, a: '', b: 'create index i on p (id)' },
    'index public.i',
  ),
  different(
    'an index on one partition',
    { base: parent + one, a: '', b: 'create index i on p1 (id)' },
    'index public.i',
  ),
  different(
    'a primary key on all partitions',
    { base: parent + one, a: '', b: 'alter table p add constraint k primary key (id, at)' },
    'constraint public.p.k',
  ),
  different(
    'a check on all partitions',
    { base: parent + one, a: '', b: 'alter table p add constraint k check (id > 0)' },
    'constraint public.p.k',
  ),
  different(
    'a column of all partitions',
    { base: parent + one, a: '', b: 'alter table p add extra int default 4' },
    'column public.p.extra',
    'column public.p1.extra',
  ),
  different(
    'the type of a column of all partitions',
    { base: parent + one, a: '', b: 'alter table p alter id type bigint' },
    'column public.p.id',
    'column public.p1.id',
  ),
  different(
    'another default in one partition',
    { base: parent + one, a: '', b: "alter table p1 alter note set default 'other'" },
    'default public.p1.note',
  ),
  different(
    'a new partition with a default of its own',
    { base: parent, a: '', b: `${one} alter table p1 alter note drop default` },
    'table public.p1',
  ),
  different(
    'a foreign key to a partitioned table',
    {
      base: `${parent} ${one} alter table p add primary key (id, at); create table c (p_id int, p_at date);`,
      a: '',
      b: 'alter table c add constraint fk foreign key (p_id, p_at) references p',
    },
    'constraint public.c.fk',
  ),
  different(
    'a foreign key from a partitioned table',
    {
      base: `create table o (id int primary key); ${parent} ${one}`,
      a: '',
      b: 'alter table p add constraint fk foreign key (id) references o',
    },
    'constraint public.p.fk',
  ),
  different(
    'a trigger of all partitions',
    {
      base: `${parent} ${one} create function f() returns trigger language plpgsql as 'begin return new; end';`,
      a: '',
      b: 'create trigger tr after insert on p for each row execute function f()',
    },
    'trigger public.p.tr',
  ),
  different(
    'a table that inherits',
    { base: 'create table base (a int, b text);', a: '', b: 'create table child (c int) inherits (base)' },
    'table public.child',
  ),
  different(
    'inheriting or not',
    {
      base: 'create table base (a int);',
      a: 'create table child (a int)',
      b: 'create table child (a int) inherits (base)',
    },
    'table public.child',
  ),
  different(
    'a column that is inherited',
    {
      base: 'create table base (a int); create table child (c int) inherits (base);',
      a: '',
      b: 'alter table base add b text',
    },
    'column public.base.b',
    'column public.child.b',
  ),

  same(
    'attached later',
    parent + one,
    `${parent} create table p1 (id int not null, at date not null, note text default 'n'); alter table p attach partition p1 for values from ('2020-01-01') to ('2021-01-01')`,
  ),
  same(
    'an index that came with the parent',
    `${parent} ${one} create index i on p (id)`,
    `${parent} create index i on p (id); ${one}`,
  ),
  same(
    'an index of another name in a partition',
    `${parent} ${one} create index i on p (id)`,
    `${parent} ${one} create index other_name on p1 (id); create index i on p (id)`,
  ),
  same(
    'a key that came with the parent',
    `${parent} ${one} alter table p add primary key (id, at)`,
    `${parent} alter table p add primary key (id, at); ${one}`,
  ),
  same('a partition that was detached', parent, `${parent} ${one} alter table p detach partition p1; drop table p1`),
  same(
    'a trigger that came with the parent',
    `create function f() returns trigger language plpgsql as 'begin return new; end'; ${parent} ${one} create trigger tr after insert on p for each row execute function f()`,
    `create function f() returns trigger language plpgsql as 'begin return new; end'; ${parent} create trigger tr after insert on p for each row execute function f(); ${one}`,
  ),
];
