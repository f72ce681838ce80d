import type { Row } from './session.ts';
import type { Blocker } from './types.ts';

/** A row of `pid, application, user, state, query, age` as a Blocker. */
export function toBlocker(row: Row): Blocker {
  return {
    pid: Number(row.pid),
    application: String(row.application ?? ''),
    user: String(row.user ?? ''),
    state: String(row.state ?? ''),
    // What PostgreSQL shows of another role's session.
    query: row.query === '<insufficient privilege>' ? '' : String(row.query ?? ''),
    ...(row.age == null ? {} : { age: Number(row.age) }),
  };
}

/** `process 4711 (api, idle in transaction since 12 s): update users …` */
export function describeBlocker({ pid, application, state, age, query }: Blocker): string {
  const what = query.replace(/\s+/g, ' ').trim().slice(0, 100);
  return `process ${pid} (${application || 'no application name'}, ${state || 'running'}${age === undefined ? '' : ` since ${Math.round(age)} s`})${what ? `: ${what}` : ''}`;
}
