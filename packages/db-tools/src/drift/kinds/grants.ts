import type { CatalogObject } from '../../catalog/index.ts';
import type { KindSql } from '../kind-sql.ts';

/** Beyond, and less than, what such an object is made with. */
export type Rights = { granted: string[][]; revoked: string[][] };

export const grants: KindSql<Rights> = {
  create: (object) => change(object, { granted: [], revoked: [] }, object.definition),
  drop: (object) => change(object, object.definition, { granted: [], revoked: [] }),
  alter: (before, after) => ({ statements: change(after, before.definition, after.definition) }),
};

function change(object: CatalogObject<Rights>, before: Rights, after: Rights): string[] {
  const gone = [...minus(before.granted, after.granted), ...minus(after.revoked, before.revoked)];
  const added = [...minus(before.revoked, after.revoked), ...minus(after.granted, before.granted)];
  return [
    ...gone.map(([grantee, privilege]) => `REVOKE ${on(object, privilege!)} FROM ${named(object, grantee!)}`),
    ...added.map(
      ([grantee, privilege, option]) =>
        `GRANT ${on(object, privilege!)} TO ${named(object, grantee!)}${option ? ' WITH GRANT OPTION' : ''}`,
    ),
  ];
}

export function minus(rights: string[][], others: string[][]): string[][] {
  const known = new Set(others.map((right) => right.join('\0')));
  return rights.filter((right) => !known.has(right.join('\0')));
}

/** `SELECT ON TABLE public.users`, `SELECT (email) ON TABLE public.users`. */
function on({ on: target = '', name }: CatalogObject<Rights>, privilege: string): string {
  const [, kind, what] = /^(FOREIGN TABLE|MATERIALIZED VIEW|\w+) (.*)$/s.exec(target)!;
  if (kind === 'COLUMN') {
    const [, table, column] = /^(.*)\.("(?:[^"]|"")*"|[^.]*)$/s.exec(what!)!;
    return `${privilege} (${column}) ON TABLE ${table}`;
  }
  return `${privilege} ON ${GRANTABLE[kind!] ?? kind} ${what}${name}`;
}

const GRANTABLE: Record<string, string> = {
  VIEW: 'TABLE',
  'MATERIALIZED VIEW': 'TABLE',
  'FOREIGN TABLE': 'TABLE',
  AGGREGATE: 'FUNCTION',
  DOMAIN: 'TYPE',
};

function named({ facts }: CatalogObject<Rights>, grantee: string): string {
  return grantee === 'OWNER' ? (facts.owner ?? 'CURRENT_USER') : grantee;
}
