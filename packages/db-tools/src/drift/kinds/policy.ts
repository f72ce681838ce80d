import type { KindSql } from '../kind-sql.ts';

type Policy = { permissive: boolean; command: string; roles: string[]; using?: string; check?: string };

export const policy: KindSql<Policy> = {
  create({ name, on, definition: { permissive, command, roles, using, check } }) {
    const parts = [
      `CREATE POLICY ${name} ON ${on}`,
      `AS ${permissive ? 'PERMISSIVE' : 'RESTRICTIVE'} FOR ${command} TO ${roles.join(', ')}`,
      using !== undefined && `USING (${using})`,
      check !== undefined && `WITH CHECK (${check})`,
    ];
    return [parts.filter(Boolean).join(' ')];
  },
  drop: ({ name, on }) => [`DROP POLICY ${name} ON ${on}`],
};
