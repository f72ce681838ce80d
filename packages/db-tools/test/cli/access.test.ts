import postgres from 'postgres';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { waitUntil } from '../wait-until.ts';
import { createProject, type Project } from './project.ts';

// Each step is a process, and a loaded machine starts them slowly.
vi.setConfig({ testTimeout: 120_000 });

const ACCESS = `database: 'shop',
  access: { domains: { sales: {}, public: { reads: { 'sales.orders': ['id', 'total'] } } }, secrets: { 'sales.orders': ['note'] } },`;

const projects: Project[] = [];
let project: Project;
let prefix: string;
beforeEach(() => {
  project = createProject();
  projects.push(project);
  prefix = new URL(project.url).pathname.slice(1);
  project.edit('db.config.ts', "database: 'shop',", ACCESS);
});
afterEach(async () => {
  // Roles outlive the database: they are the whole server's.
  const roles = (await project.query(`select rolname from pg_roles where starts_with(rolname, '${prefix}_')`)).map(
    ({ rolname }) => String(rolname),
  );
  await project.query(`alter database ${prefix} owner to current_user`);
  for (const role of roles) await project.query(`reassign owned by ${role} to current_user; drop owned by ${role}`);
  for (const role of roles) await project.query(`drop role ${role}`);
});
afterAll(() => Promise.all(projects.map((each) => each.remove())));

test('a local database gets its roles by itself, and keeps its rights through migrate, push and reset', async () => {
  const { stderr, json } = await project.db(['prepare', '--json']);
  expect(stderr).toContain(`${prefix}_sales`);
  expect(json.grants).toEqual({ statements: expect.any(Number), problems: [] });
  expect(json.grants.statements).toBeGreaterThan(0);
  expect((await project.db(['migrate', '--json'])).json.grants).toEqual({ statements: 0, problems: [] });
  expect(await asRole('sales', 'select count(*)::int as n from sales.orders')).toEqual([{ n: 2 }]);
  expect(await asRole('public', 'select count(total)::int as n from sales.orders')).toEqual([{ n: 2 }]);
  await expect(asRole('public', 'select note from sales.orders')).rejects.toMatchObject({ code: '42501' });

  expect((await project.db(['roles', '--json'])).json).toMatchObject({ ok: true, statements: 0, created: [] });
  expect((await project.db(['roles', '--sql'])).stdout).toBe('-- The roles and rights are what is declared.\n');

  project.edit(
    'schema/index.ts',
    "export const sales = pgSchema('sales');",
    "export const sales = pgSchema('sales');\nexport const carts = sales.table('carts', { id: uuid().primaryKey() });",
  );
  expect((await project.db(['push', '--json'])).json.statements).toHaveLength(1);
  await asRole('sales', 'insert into sales.carts values (gen_random_uuid())');
  expect(await asRole('readonly', 'select count(*)::int as n from sales.carts')).toEqual([{ n: 1 }]);

  expect((await project.db(['reset', '--yes', '--json'])).json.ok).toBe(true);
  expect(await asRole('sales', 'select count(*)::int as n from sales.orders')).toEqual([{ n: 2 }]);
});

test('a dry run tells which rights would be corrected, and corrects none', async () => {
  await project.db(['prepare']);
  const clean = await project.db(['migrate', '--dry-run', '--json']);
  expect(clean.json).toMatchObject({ pending: [], grants: { statements: 0, problems: [], pending: [] } });
  await project.query(`grant select on sales.orders to ${prefix}_public`);

  const dry = await project.db(['migrate', '--dry-run']);
  const revoke = `revoke select on table sales.orders from "${prefix}_public" cascade`;
  expect(dry.stderr).toContain(`No migration is pending on `);
  expect(dry.stderr).toContain(
    `The rights would be made those that are declared, by 2 statements:\n  ${revoke}\n  grant `,
  );

  project.addMigration('0001_note', 'alter table sales.orders add column more text;');
  const { json } = await project.db(['migrate', '--dry-run', '--json']);
  expect(json).toMatchObject({ applied: [], pending: ['0001_note'], grants: { statements: 0 } });
  expect(json.grants.pending).toEqual([revoke, expect.stringMatching('^grant select')]);
  expect((await project.db(['migrate', '--json'])).json.ok).toBe(true);
  expect((await project.db(['migrate', '--dry-run', '--json'])).json.grants.pending).toEqual([]);
});

test('where it runs as the owner, the holder of the lock is seen and Ctrl-C ends its statement', async () => {
  await project.db(['prepare']);
  project.addMigration('0001_slow', 'select pg_sleep(60);');
  const child = Promise.withResolvers<number>();
  const running = project.db(['migrate', '--json'], { onStart: child.resolve });
  const asleep = `select from pg_stat_activity where query = 'select pg_sleep(60)' and datname = current_database()`;
  await waitUntil('the slow statement', async () => (await project.query(asleep)).length === 1);
  const locked = await project.db(['migrate', '--lock-wait', '0', '--json']);
  expect(locked.json).toMatchObject({ holder: { state: 'active', query: 'select pg_sleep(60)' } });
  process.kill(await child.promise, 'SIGINT');
  const { exit, json } = await running;
  expect([exit, json.error.code]).toEqual([130, 'interrupted']);
  expect(await project.query(asleep)).toEqual([]);
});

test('drop tells which roles stay on the server, and how they go', async () => {
  await project.db(['prepare']);
  const names = ['owner', 'migrator', 'sales', 'public', 'readonly'].map((name) => `${prefix}_${name}`);
  const { json, stderr } = await project.db(['drop', '--yes', '--json']);
  expect(json.roles).toEqual(names);
  const statement = /drop role .*/.exec(stderr)![0];
  await project.db(['create']);
  await project.query(statement);
  expect((await project.db(['drop', '--yes', '--json'])).json.roles).toEqual([]);
  await project.db(['create']);
});

test('six at once prepare the same database with its roles, and all succeed', async () => {
  const runs = await Promise.all(Array.from({ length: 6 }, () => project.db(['prepare'])));
  expect(runs.map(({ exit, stderr }) => (exit === 0 ? 0 : stderr))).toEqual(Array(6).fill(0));
  expect((await project.db(['roles', '--json'])).json).toMatchObject({ ok: true, statements: 0 });
});

test('who may not create roles is given the SQL for who may', async () => {
  await project.db(['create']);
  await project.query(`create role ${prefix}_plain login; grant create on database ${prefix} to ${prefix}_plain`);
  await project.query(`comment on database ${prefix} is null`);
  const url = project.url.replace('postgres@', `${prefix}_plain@`);

  const refused = await project.db(['roles', '--json'], { url });
  expect(refused.exit).toBe(1);
  expect(refused.json.error.code).toBe('may_not_create_roles');
  expect(refused.json.sql).toContain(`create role "${prefix}_owner" nologin inherit`);

  const printed = await project.db(['roles'], { url });
  expect([printed.exit, printed.stderr]).toEqual([1, expect.stringContaining('Nothing was changed.')]);
  expect(printed.stdout).toContain(`-- \\password ${prefix}_sales`);
  expect(printed.stdout).toBe((await project.db(['roles', '--sql'])).stdout);
  await project.query(printed.stdout);
  expect((await project.db(['roles', '--json'])).json).toMatchObject({ ok: true, statements: 0 });
  // PUBLIC may connect no more: access is for the roles that are declared.
  expect((await project.db(['roles', '--json'], { url })).json.error.code).toBe('permission_denied');
});

test('a role gets the password that its URL in the environment has, and is asked for none where it has none', async () => {
  await project.db(['create']);
  await project.query(`comment on database ${prefix} is null`);
  const env = { SALES_DATABASE_URL: project.url.replace('postgres@', `${prefix}_sales:s3cret@`) };
  const { exit, stderr, stdout } = await project.db(['roles'], { env });
  expect(exit).toBe(0);
  expect(stdout + stderr).not.toContain('s3cret');
  expect(stderr).toContain(`\\password ${prefix}_migrator`);
  expect(stderr).not.toContain(`\\password ${prefix}_sales`);
  const withPassword = await project.query(
    `select rolname::text as role from pg_authid where starts_with(rolname, '${prefix}_') and rolpassword is not null`,
  );
  expect(withPassword).toEqual([{ role: `${prefix}_sales` }]);
});

test('or that of its parts, with any character', async () => {
  await project.db(['create']);
  await project.query(`comment on database ${prefix} is null`);
  const { hostname, port } = new URL(project.url);
  const parts = { DB_HOST: hostname, DB_PORT: port, DB_NAME: prefix, DB_USER: 'postgres' };
  const own = {
    MIGRATOR_DB_USER: `${prefix}_migrator`,
    MIGRATOR_DB_PASSWORD: 's3cret@/%"',
    SALES_DB_USER: `${prefix}_sales`,
    SALES_DB_PASSWORD: 's3cret$#:',
  };
  const { exit, stderr, stdout } = await project.db(['roles'], { env: { DATABASE_URL: '', ...parts, ...own } });
  expect([exit, (stdout + stderr).includes('s3cret')]).toEqual([0, false]);
  const withPassword = await project.query(
    `select rolname::text as role from pg_authid where starts_with(rolname, '${prefix}_') and rolpassword is not null order by 1`,
  );
  expect(withPassword).toEqual([{ role: `${prefix}_migrator` }, { role: `${prefix}_sales` }]);
});

test('without a declaration there is nothing to create, which is said', async () => {
  project.edit('db.config.ts', ACCESS, "database: 'shop',");
  expect((await project.db(['prepare', '--json'])).json.ok).toBe(true);
  const { exit, json } = await project.db(['roles', '--json']);
  expect([exit, json.error.code]).toEqual([2, 'access_missing']);
});

async function asRole(role: string, statement: string) {
  const sql = postgres(project.url.replace('postgres@', `${prefix}_${role}@`), { max: 1, onnotice: () => {} });
  try {
    return [...(await sql.unsafe(statement))];
  } finally {
    await sql.end();
  }
}
