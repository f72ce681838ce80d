import { codesOf, connect } from '../connection/connect.ts';
import { DbError, EXIT } from '../errors.ts';
import { quoteIdentifier } from '../migrator/quote.ts';

/**
 * Calls `work`, and again for each role that it fails for want of: migrations grant to roles that somebody made on the
 * target's server. They cannot log in and stay, since what was granted to them holds them.
 */
export async function creatingRoles<Result>(
  url: string,
  work: () => Promise<Result>,
  onRole?: (role: string) => void,
): Promise<Result> {
  const created = new Set<string>();
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const role = missingRole(error);
      if (role === undefined || created.has(role)) throw error;
      created.add(role);
      await createRole(url, role);
      onRole?.(role);
    }
  }
}

function missingRole(error: unknown): string | undefined {
  const { cause } = error as { cause?: { message?: string } };
  const isAboutRole = codesOf(error).some((code) => code === '42704' || code === '22023');
  return isAboutRole ? /^role "(.+)" does not exist$/.exec(cause?.message ?? '')?.[1] : undefined;
}

async function createRole(url: string, role: string): Promise<void> {
  const sql = await connect(url);
  const statement = `create role ${quoteIdentifier(role)} nologin`;
  try {
    await sql.unsafe(statement);
  } catch (error) {
    const codes = codesOf(error);
    if (codes.includes('42710')) return;
    if (!codes.includes('42501')) throw error;
    throw new DbError('role_missing', `The migrations name the role ${role}, which the scratch server has not.`, {
      exit: EXIT.decision,
      hint: `As a superuser of the server of TEST_DATABASE_URL: ${statement}`,
      cause: error,
    });
  } finally {
    await sql.end({ timeout: 1 });
  }
}
