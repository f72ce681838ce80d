import { different, same } from '../pair.ts';

const P = 'create table p (id int primary key, a int, b int, unique (a, b));';
const constraint = (name: string, a: string, b: string, rest: object = {}) =>
  different(
    name,
    {
      base: `${P} create table t (id int not null, a int not null, b int);`,
      a: a && `alter table t add constraint k ${a}`,
      b: `alter table t add constraint k ${b}`,
      ...rest,
    },
    'constraint public.t.k',
  );

export const constraints = [
  constraint('a primary key', '', 'primary key (id)'),
  constraint('the columns of a primary key', 'primary key (id)', 'primary key (id, a)'),
  constraint('the order of its columns', 'primary key (id, a)', 'primary key (a, id)'),
  constraint('a unique constraint', '', 'unique (a)'),
  constraint('unique and primary', 'unique (a)', 'primary key (a)'),
  constraint('nulls not distinct', 'unique (b)', 'unique nulls not distinct (b)'),
  constraint('included columns', 'unique (a)', 'unique (a) include (b)'),
  constraint('a deferrable unique constraint', 'unique (a)', 'unique (a) deferrable initially deferred'),
  constraint('the fill factor of its index', 'unique (a)', 'unique (a) with (fillfactor = 60)'),
  constraint('fill factor and deferred', '', 'unique (a) with (fillfactor = 60) deferrable initially deferred'),
  constraint('a check', '', 'check (a > 0)'),
  constraint('another check', 'check (a > 0)', 'check (a >= 0)'),
  constraint('a check that is not inherited', 'check (a > 0)', 'check (a > 0) no inherit'),
  constraint('a check that is not validated', 'check (a > 0)', 'check (a > 0) not valid'),
  constraint('a check that is not enforced', 'check (a > 0)', 'check (a > 0) not enforced', { since: 18 }),
  constraint('check and unique', 'check (a > 0)', 'unique (a)'),
  constraint('a foreign key', '', 'foreign key (a) references p'),
  constraint('on delete', 'foreign key (a) references p', 'foreign key (a) references p on delete cascade'),
  constraint(
    'on update',
    'foreign key (a) references p on update restrict',
    'foreign key (a) references p on update set null',
  ),
  constraint(
    'on delete set null for one column',
    'foreign key (a, b) references p (a, b) on delete set null',
    'foreign key (a, b) references p (a, b) on delete set null (b)',
  ),
  constraint(
    'match full',
    'foreign key (a, b) references p (a, b)',
    'foreign key (a, b) references p (a, b) match full',
  ),
  constraint('a deferrable foreign key', 'foreign key (a) references p', 'foreign key (a) references p deferrable'),
  constraint(
    'initially deferred',
    'foreign key (a) references p deferrable',
    'foreign key (a) references p deferrable initially deferred',
  ),
  constraint(
    'a foreign key that is not validated',
    'foreign key (a) references p',
    'foreign key (a) references p not valid',
  ),
  constraint(
    'a foreign key that is not enforced',
    'foreign key (a) references p',
    'foreign key (a) references p not enforced',
    { since: 18 },
  ),
  constraint(
    'where a foreign key points',
    'foreign key (a, b) references p (a, b)',
    'foreign key (b, a) references p (a, b)',
  ),
  constraint('an exclusion', '', 'exclude using gist (int4range(a, b) with &&)'),
  constraint(
    'the condition of an exclusion',
    'exclude using gist (int4range(a, b) with &&)',
    'exclude using gist (int4range(a, b) with &&) where (a > 0)',
  ),
  different(
    'a temporal key',
    {
      since: 18,
      base: 'create table t (id int4range not null, d daterange not null);',
      a: 'alter table t add constraint k unique (id, d)',
      b: 'alter table t add constraint k unique (id, d without overlaps)',
    },
    'constraint public.t.k',
  ),
  different(
    'the name of a constraint',
    { a: 'create table t (a int constraint x check (a > 0))', b: 'create table t (a int constraint y check (a > 0))' },
    'constraint public.t.x',
    'constraint public.t.y',
  ),
  different(
    'a primary key that others point to',
    {
      a: `${P} create table c (p_id int constraint fk references p)`,
      b: `${P} create table c (p_id int constraint fk references p); alter table c drop constraint fk; alter table p drop constraint p_pkey; alter table p add constraint p_pkey primary key (id) include (a); alter table c add constraint fk foreign key (p_id) references p`,
    },
    'constraint public.p.p_pkey',
  ),
  different(
    'two tables that point to each other',
    {
      a: '',
      b: 'create table a (id int primary key, b_id int); create table b (id int primary key, a_id int references a); alter table a add foreign key (b_id) references b',
    },
    'table public.a',
    'table public.b',
  ),
  different(
    'a table that points to itself',
    { a: '', b: 'create table a (id int primary key, up int references a)' },
    'table public.a',
  ),
  different(
    'a constraint and an index of one name',
    {
      base: 'create table t (a int);',
      a: 'alter table t add constraint u unique (a)',
      b: 'create unique index u on t (a)',
    },
    'constraint public.t.u',
    'index public.u',
  ),
  different(
    'the check of a domain',
    { base: 'create domain d as int;', a: '', b: 'alter domain d add constraint k check (value > 0)' },
    'constraint public.d.k',
  ),
  different(
    'a check of a domain that is not validated',
    {
      base: 'create domain d as int;',
      a: 'alter domain d add constraint k check (value > 0)',
      b: 'alter domain d add constraint k check (value > 0) not valid',
    },
    'constraint public.d.k',
  ),

  same(
    'constraints of a table or of a column',
    'create table t (a int unique check (a > 0))',
    'create table t (a int, unique (a), check (a > 0))',
  ),
  same(
    'a constraint that took over an index',
    'create table t (a int, constraint u unique (a))',
    'create table t (a int); create unique index u on t (a); alter table t add constraint u unique using index u',
  ),
  same(
    'validated later',
    `${P} create table c (p int constraint k references p)`,
    `${P} create table c (p int); alter table c add constraint k foreign key (p) references p not valid; alter table c validate constraint k`,
  ),
  same(
    'what is the default anyway',
    `${P} create table c (p int constraint k references p)`,
    `${P} create table c (p int constraint k references p (id) match simple on delete no action on update no action not deferrable initially immediate)`,
  ),
  same(
    'a check in other words',
    "create table t (a text check (a in ('x', 'y')))",
    "create table t (a text check (a = any (array['x'::text, 'y'::text])))",
  ),
  same(
    'between',
    'create table t (a int check (a between 1 and 3))',
    'create table t (a int check (a >= 1 and a <= 3))',
  ),
];
