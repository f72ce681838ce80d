import { databaseUrlSource } from '../../environment/load.ts';
import { openSession } from '../../migrator/session.ts';
import { type Check, type Finding, fail, type OpenClone, ok, warn } from '../check.ts';

export const pooler: Check<OpenClone> = {
  name: 'pooler',
  async run({ target, env }) {
    if (await isPooled(target.url, target.connectTimeout)) {
      return fail(
        `There is a connection pooler between here and ${target.name}; migrations, backups and locks need the server itself.`,
        'DATABASE_URL_DIRECT=postgres://user:password@server:5432/database',
      );
    }
    const services = databaseUrlSource(env);
    if (!services || target.source === '--url' || services.url === target.url) return ok('None in between.');
    return (await isPooled(services.url, target.connectTimeout))
      ? judge(services.name, env.DB_PREPARE)
      : ok('None in between.');
  },
};

function judge(name: string, prepare: string | undefined): Finding[] {
  if (prepare === 'false') return ok(`${name} goes through a pooler, and DB_PREPARE is false.`);
  return warn(
    `${name} goes through a pooler, and services keep statements prepared: one that mixes up sessions answers "prepared statement does not exist".`,
    'DB_PREPARE=false, unless it is PgBouncer 1.21 or newer with max_prepared_statements set',
  );
}

/** A pooler announces a process id of its own. */
async function isPooled(url: string, connectTimeout: number): Promise<boolean> {
  const session = await openSession({ url, connectTimeout, applicationName: 'db doctor' });
  try {
    const [row] = await session.run('select pg_catalog.pg_backend_pid() as pid');
    return row!.pid !== session.protocolPid;
  } finally {
    await session.close();
  }
}
