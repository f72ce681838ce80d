import { different, same } from '../pair.ts';

const sequence = (name: string, a: string, b: string) =>
  different(name, { a: `create sequence s ${a}`, b: `create sequence s ${b}` }, 'sequence public.s');

export const sequences = [
  different('a sequence', { a: '', b: 'create sequence s' }, 'sequence public.s'),
  sequence('the type of a sequence', 'as int', 'as bigint'),
  sequence('the start', '', 'start 100'),
  sequence('the increment', '', 'increment -1'),
  sequence('bounds', '', 'minvalue 5 maxvalue 500'),
  sequence('the cache', '', 'cache 20'),
  sequence('a cycle', 'maxvalue 9', 'maxvalue 9 cycle'),
  different('an unlogged sequence', { a: 'create sequence s', b: 'create unlogged sequence s' }, 'sequence public.s'),
  different(
    'who owns a sequence',
    { base: 'create table t (a int); create sequence s;', a: '', b: 'alter sequence s owned by t.a' },
    'sequence owner public.s',
  ),
  different(
    'another owner of a sequence',
    {
      base: 'create table t (a int, b int);',
      a: 'create sequence s owned by t.a',
      b: 'create sequence s owned by t.b',
    },
    'sequence owner public.s',
  ),
  different(
    'a sequence that outlives its column',
    {
      base: 'create sequence s;',
      a: "create table t (x int, a int default nextval('s')); alter sequence s owned by t.a",
      b: 'create table t (x int)',
    },
    'column public.t.a',
    'sequence owner public.s',
  ),
  same(
    'what is the default anyway',
    'create sequence s',
    'create sequence s as bigint increment 1 minvalue 1 no maxvalue start 1 cache 1 no cycle owned by none',
  ),
  same('a sequence that was used', 'create sequence s', "create sequence s; select nextval('s'), setval('s', 400)"),
];
