import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lineAndColumn } from './position.ts';
import { splitStatements } from './split.ts';

const split = (sql: string) => splitStatements(sql, '0000_test').map(({ text }) => text);

describe('a semicolon ends a statement, unless it is in', () => {
  test.each([
    ['a string', "select ';', 'it''s;'"],
    ['a string with escapes', "select E'\\';', e'\\\\'"],
    ['a string with escapes that goes on after a line end', "select E'a'\n  'b\\';c'"],
    ['a plain string that ends in a backslash', "select 'C:\\'"],
    ['a Unicode string', "select U&'\\0441;' uescape '!'"],
    ['bits', "select B'01', X'1F;'"],
    ['a quoted name', 'select ";", """;"'],
    ['a Unicode name', 'select U&"d\\0061;t"'],
    ['a dollar quote', 'select $$;$$, $a$ ; $$ ; $b$ ; $a$, $ünï$;$ünï$'],
    ['a nested comment', 'select /* ; /* ; */ ; */ 1'],
    ['a line comment', 'select -- ;\n 1'],
    [
      'a rule with several commands',
      'create rule r as on insert to t do also (insert into a values (1); delete from b)',
    ],
    [
      'a BEGIN ATOMIC body',
      'create function f() returns int begin atomic select case when true then 1 end; select 2; end',
    ],
    [
      'a BEGIN ATOMIC body of a procedure',
      'create or replace procedure p() begin atomic insert into t values (1); end',
    ],
    [
      'a BEGIN ATOMIC body with names like keywords',
      'create function f() returns int begin atomic select 1 as end; select x.case from x; end',
    ],
  ])('%s', (_, sql) => {
    expect(split(`${sql};select 2`)).toEqual([sql, 'select 2']);
    expect(split(`${sql}\n--> statement-breakpoint\nselect 2;`)).toEqual([sql, 'select 2']);
  });
});

describe('what looks like a quote or a block and is none', () => {
  test.each([
    ['a dollar inside of a name', 'select a$b$, c$b$', 'select 2'],
    ['a parameter', 'select $1, $2', 'select 2'],
    ['a name that ends in e before a string', "select date'2020-01-01', type'x\\'", 'select 2'],
    ['a function named begin', 'create function begin() returns int language sql as $$ select 1 $$', 'select 2'],
    ['a column named atomic', 'create table t (begin int, atomic int)', 'select 2'],
    ['an operator with a dash', 'select 1 - -1', 'select 2'],
    ['a no-break space, which is a letter', 'select\u00a0 1', 'select 2'],
  ])('%s', (_, first, second) => {
    expect(split(`${first};${second}`)).toEqual([first, second]);
  });
});

test("drizzle's marker ends a statement even without a semicolon, and on its own line or not", () => {
  expect(split('select 1--> statement-breakpoint\nselect 2;--> statement-breakpoint\n\nselect 3')).toEqual([
    'select 1',
    'select 2',
    'select 3',
  ]);
});

test("drizzle's marker inside of a literal is text", () => {
  const body = "create function f() returns text as $$ select '--> statement-breakpoint' $$ language sql";
  expect(split(`${body};select '--> statement-breakpoint'`)).toEqual([body, "select '--> statement-breakpoint'"]);
});

test('comments, empty statements and a file of nothing but a template give no statement', () => {
  expect(split('-- Custom SQL migration file, put your code below! --')).toEqual([]);
  expect(split(';; /* a */ ; -- b\n;select 1;')).toEqual(['select 1']);
});

test('a statement begins at its first word, so that its place in the file is known', () => {
  const sql = '-- über\n/* x */ select 1;\n  select 2';
  expect(splitStatements(sql, 'x').map(({ number, start }) => ({ number, ...lineAndColumn(sql, start) }))).toEqual([
    { number: 1, line: 2, column: 9 },
    { number: 2, line: 3, column: 3 },
  ]);
});

test.each([
  ['an unclosed string', "select 1;\nselect 'a", 'string that is not closed', 2],
  ['an unclosed dollar quote', 'select $a$ x $b$', 'dollar quote ($a$) that is not closed', 1],
  ['an unclosed comment', 'select 1 /* /* */', 'comment that is not closed', 1],
  ['an unclosed name', 'select "a', 'quoted name that is not closed', 1],
  ['a psql command', 'select 1;\n\n\\connect other', 'a psql command', 3],
  ['a NUL, at which the server would stop reading', 'select 1;\0drop table t', 'a NUL character', 1],
])('%s is refused with its line', (_, sql, what, line) => {
  expect(() => split(sql)).toThrow(
    expect.objectContaining({ code: 'unreadable_sql', exit: 3, message: expect.stringContaining(what) }),
  );
  expect(() => split(sql)).toThrow(new RegExp(`0000_test\\.sql:${line}:`));
});

test('any sequence of statements comes back as it was, however they are put together', () => {
  const piece = fc.constantFrom(
    'select 1',
    "insert into t values (';', '--', '/*')",
    'select $q$;--> statement-breakpoint$q$',
    'create table "a;b" (c int)',
    "select E'\\\\\\';'",
    'do $$ begin perform 1; end $$',
    'create function f() returns int begin atomic select 1; end',
  );
  const separator = fc.constantFrom(
    ';',
    ';\n',
    ' ; -- note; here\n',
    ';/* ;/*;*/ */',
    '\n--> statement-breakpoint\n',
    ';--> statement-breakpoint\n',
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(piece, separator)), (parts) => {
      expect(split(parts.flat().join(''))).toEqual(parts.map(([text]) => text));
    }),
  );
});
