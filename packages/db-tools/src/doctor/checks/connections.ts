import { type Check, fail, type OpenClone, ok, warn } from '../check.ts';

/** What @org/db opens at most unless told. */
const DEFAULT_MAX = 10;

/** One process per service; a second replica of each doubles it. */
export const connections: Check<OpenClone> = {
  name: 'connections',
  async run({ sql, services, settings }) {
    const budget = services.map((service) => poolOf(service, settings(service)));
    const needed = budget.reduce((sum, max) => sum + max, 0);
    const [row] = await sql<[{ max: number; used: number }]>`
      select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as max,
        (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as used`;
    const { max, used } = row;
    const sum = `${services.length} services open ${needed} connections at most, and the server has ${max} (${used} in use)`;
    if (needed > max) return fail(`${sum}.`, `DB_POOL_MAX=${Math.max(1, Math.floor((max * 0.8) / services.length))}`);
    if (needed * 2 > max) {
      return warn(
        `${sum}: a second replica of each does not fit.`,
        `DB_POOL_MAX=${Math.max(1, Math.floor(max / 2 / services.length))}`,
      );
    }
    if (used > max * 0.9) {
      return warn(
        `${sum}: nearly all are taken.`,
        'SELECT application_name, state, count(*) FROM pg_stat_activity GROUP BY 1, 2 ORDER BY 3 DESC;',
      );
    }
    return ok(`${sum}.`);
  },
};

function poolOf(service: string, settings: Record<string, { value: string }>): number {
  const own = settings[`${service.toUpperCase().replaceAll('-', '_')}_DB_POOL_MAX`] ?? settings.DB_POOL_MAX;
  return own ? Number(own.value) || DEFAULT_MAX : DEFAULT_MAX;
}
