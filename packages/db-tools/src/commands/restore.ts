import { resolve } from 'node:path';
import { findClientTools } from '../backup/client-tools.ts';
import { dropKept } from '../backup/drop-kept.ts';
import { neededTools, openDump, refuseNewer } from '../backup/open-dump.ts';
import { createProgress } from '../backup/progress.ts';
import { restoreBackup } from '../backup/restore-backup.ts';
import { inspectRestoreTarget, type RestoreTarget } from '../backup/restore-target.ts';
import { wholeNumber } from '../command-line/flag-values.ts';
import { count } from '../command-line/output.ts';
import { shellWord } from '../command-line/shell-path.ts';
import type { Verb, VerbContext } from '../command-line/verb.ts';
import { guardDestruction, TARGET_FLAG } from '../connection/guard.ts';
import { findTarget, type Target, withConnection } from '../connection/target.ts';

interface Options {
  target?: string;
  pgBin?: string;
  withoutManifest?: boolean;
  dropOld?: boolean;
  jobs?: number;
  privileges: boolean;
}

export const verb: Verb<Options> = {
  examples: ['pnpm db restore app.dump'],

  configure: (command) =>
    command
      .argument('<file>', 'a dump that db backup wrote')
      .option(...TARGET_FLAG)
      .option('--drop-old', 'do not keep the database that is replaced')
      .option('--jobs <n>', 'tables and indexes at a time, each on a connection of its own (1)', wholeNumber)
      .option('--no-privileges', 'leave out the grants of the backup')
      .option('--without-manifest', 'trust a dump that has no manifest; nothing is compared')
      .option('--pg-bin <folder>', 'where pg_restore is, instead of PG_BIN, PATH and the places of packages')
      .addHelpText(
        'after',
        `
All or nothing. A role that may create databases restores into a new one, compares it with the
manifest and puts it in the place of the target, which is kept as <name>_before_restore_<time>;
sessions on it are ended. Any other role restores into an empty database, in one transaction. Tables
belong to the owner of the database; its settings, grants, comment and local mark stay. A plain SQL
dump is run by psql: restore only what you trust.`,
      ),

  async run(context) {
    const { options, output, signal } = context;
    const progress = createProgress(context);
    progress.step('checking the file');
    const dump = await openDump(resolve(context.args[0]!), { withoutManifest: options.withoutManifest, signal });
    const target = await findTarget(context);
    const state = await inspectRestoreTarget(target, dump);
    const server = { name: target.name, major: state.server.major };
    await refuseNewer(dump, server);
    const tools = await findTools(context, neededTools(dump), state);
    await refuseNewer(dump, server, tools);
    progress.end();
    if (state.holdsSomething) {
      await guardDestruction(context, target, {
        verb: `restore ${shellWord(context.args[0]!)}`,
        does: `replace ${target.name} by what the backup holds`,
      });
    }
    const privileges = takesPrivileges(context, dump.format === 'custom' && dump.manifest !== undefined, state);
    const jobs = options.jobs ?? 1;
    const replaced = await restoreBackup(target, { dump, state, tools, privileges, jobs, progress, signal });
    await restoreAccess(context, target);
    const kept = await dropKept(target, replaced, { drop: options.dropOld === true || !state.holdsSomething });
    output.say(`Restored ${dump.file} to ${target.name}${howMuch(dump.manifest)}.`);
    if (kept) output.say(`What was there is kept as ${kept}; when it is not needed: drop database "${kept}"`);
    output.say('Migrations that came later: pnpm db status');
    return { database: target.name, file: dump.file, kept: kept ?? null, privileges };
  },
};

function findTools(context: VerbContext<Options>, needed: number, { server }: RestoreTarget) {
  const fits =
    needed > server.major ? `the dump was made by pg_dump ${needed}` : `the server runs PostgreSQL ${server.version}`;
  return context
    .environment()
    .then((env) =>
      findClientTools(
        { atLeast: Math.max(needed, server.major), server: server.major, because: fits, folder: context.options.pgBin },
        env,
      ),
    );
}

/** Grants can be taken over where every role that they name exists; otherwise they are left out, and that is said. */
function takesPrivileges({ options, output }: VerbContext<Options>, has: boolean, { missing }: RestoreTarget): boolean {
  if (!options.privileges || !has) return false;
  if (missing.grantRoles.length === 0) return true;
  output.warn(`grants are left out: the server does not know the role ${missing.grantRoles.join(', ')}`);
  return false;
}

/** What the dump could not carry: rights on the database itself, and those of roles that came later. */
async function restoreAccess(context: VerbContext<Options>, target: Target): Promise<void> {
  const { access, migrationsTable } = await context.config();
  if (!access) return;
  const { reconcileGrants } = await import('../access/index.ts');
  try {
    await withConnection(target, async (sql) => {
      const { isNeeded, apply } = reconcileGrants({ access, historySchema: migrationsTable.schema });
      if (await isNeeded(sql)) await sql.begin((tx) => apply(tx));
    });
  } catch (error) {
    context.output.warn(
      `the declared rights are not given: ${(error as Error).message}; correct it with pnpm db roles`,
    );
  }
}

function howMuch(manifest: { tables: Record<string, { rows: number }> } | undefined): string {
  if (!manifest) return ', without comparing it';
  const tables = Object.values(manifest.tables);
  return `: ${count(tables.length, 'table')}, ${count(
    tables.reduce((sum, { rows }) => sum + rows, 0),
    'row',
  )}, as they were backed up`;
}
