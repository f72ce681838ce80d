import { join } from 'node:path';
import { count, indent } from '../command-line/output.ts';
import {
  answeringCommands,
  decide,
  decisionFlags,
  describeQuestion,
  readDecisions,
} from '../command-line/questions.ts';
import { shellPath, shownPath } from '../command-line/shell-path.ts';
import type { Verb, VerbContext } from '../command-line/verb.ts';
import { isLocal } from '../connection/guard.ts';
import { findNamedTarget } from '../connection/target.ts';
import { inCi } from '../environment/in-ci.ts';
import { DbError, EXIT } from '../errors.ts';
import { type Decisions, type GenerateResult, generate, generateCustom, type Written } from '../generate/index.ts';
import { describeFindings } from '../lint/describe.ts';
import type { Finding } from '../lint/lint.ts';

interface Options extends Partial<Decisions> {
  name?: string;
  custom?: boolean;
  check?: boolean;
  auto?: boolean;
}

export const verb: Verb<Options> = {
  examples: [
    'pnpm db generate',
    'pnpm db generate --rename files.files.hash=checksum',
    'pnpm db generate --custom --name backfill_files_checksum',
  ],

  configure: (command) =>
    decisionFlags(command)
      .option('--name <name>', 'instead of one derived from the change')
      .option('--custom', 'an empty migration for hand-written SQL; needs --name')
      .option('--check', 'write nothing; exit 3 if the schema is ahead of the migrations')
      .option('--auto', 'for db:migrate: see below')
      .addHelpText(
        'after',
        `
With --auto it writes only for a local database, outside CI, when the change needs no decision;
otherwise it writes nothing and, if the schema is ahead, exits 3 with the command to type. It exits
3 as well, once the file is there, when the lint objects to it or it loses data, so that nothing is
applied unread. If nothing changed it needs no database.`,
      ),

  async run(context) {
    const { options, output } = context;
    const config = await context.config();
    if (options.custom) return await writeCustom(context);
    const decisions = readDecisions(options);
    const input = { schema: config.schema, directory: config.migrations, decisions };
    const first = await generate(input);
    if (isUpToDate(first)) {
      output.say('No schema changes.');
      return { changed: false };
    }
    if (options.check) throw ahead(first, 'nothing was written');
    if (options.auto) await requireAuto(context, first);
    const result =
      first.questions.length === 0 ? first : await decide(context, 'generate', decisions, () => generate(input));
    const written = await result.write(options.name);
    const { tag, irreversible, findings } = written;
    const file = shownPath(join(config.migrations, `${tag}.sql`));
    output.say(`Wrote ${file}:\n${result.statements.map(indent).join('\n')}`);
    output.say(irreversible ? `It cannot be reverted: ${irreversible}.` : `Wrote ${downFileOf(file)}.`);
    if (findings.length > 0) output.say(`\n${describeFindings(findings)}\n`);
    const down = { down: downFileOf(file), ...(irreversible ? { irreversible } : {}) };
    const facts = { changed: true, tag, file, ...down, statements: result.statements, findings };
    const objection = findObjection(written);
    if (options.auto && objection) throw toBeRead(objection, facts);
    if (hasErrors(findings)) output.warn('The lint objects: change the file before it runs.');
    return facts;
  },
};

async function writeCustom({ options, config, output }: VerbContext<Options>) {
  if (!options.name) {
    throw new DbError('name_missing', 'An empty migration has no change to be named after.', {
      exit: EXIT.decision,
      hint: 'pnpm db generate --custom --name backfill_files_checksum',
    });
  }
  const { migrations } = await config();
  const tag = generateCustom(migrations, options.name);
  const file = shownPath(join(migrations, `${tag}.sql`));
  output.say(`Wrote ${file} and ${downFileOf(file)}; put your statements into them.`);
  return { changed: true, tag, file, down: downFileOf(file), statements: [], findings: [] };
}

function downFileOf(file: string): string {
  return file.replace(/\.sql$/, '.down.sql');
}

function isUpToDate({ questions, statements }: GenerateResult): boolean {
  return questions.length === 0 && statements.length === 0;
}

function ahead({ questions, statements }: GenerateResult, why: string): DbError {
  const what = questions.length > 0 ? 'changes that need a decision' : count(statements.length, 'statement');
  return new DbError('schema_ahead', `The schema is ahead of the migrations by ${what}; ${why}.`, {
    exit: EXIT.check,
    hint: questions.length > 0 ? answeringCommands('generate', questions) : 'pnpm db generate',
    details: questions.length > 0 ? { questions: questions.map(describeQuestion) } : { statements },
  });
}

/** What speaks against applying it before somebody read it. */
function findObjection({ tag, findings, irreversible, losesData }: Written): string | undefined {
  if (hasErrors(findings)) return `The lint objects to ${tag}`;
  return losesData ? `${tag} loses data: ${irreversible}` : undefined;
}

function hasErrors(findings: Finding[]): boolean {
  return findings.some(({ level }) => level === 'error');
}

/** What stops db:migrate, which would apply in the same breath what was just written. */
function toBeRead(objection: string, facts: { file: string }): DbError {
  return new DbError('migration_to_be_read', `${objection}. Nothing was applied.`, {
    exit: EXIT.check,
    hint: `Change ${shellPath(facts.file)}, or keep it as it is: pnpm db:migrate`,
    details: { ...facts },
  });
}

/** Returns when a migration may be written unasked. */
async function requireAuto(context: VerbContext, result: GenerateResult): Promise<void> {
  const env = await context.environment();
  if (inCi(env)) throw ahead(result, 'none is written with CI set');
  if (env.NODE_ENV === 'production') throw ahead(result, 'none is written in production');
  if (result.questions.length > 0) throw ahead(result, 'none is written unasked');
  const target = await findNamedTarget(context);
  // Without a named database the work is on the local server of this clone.
  if (!target) return;
  const local = await isLocal(target, env).catch((error) => {
    if (error instanceof DbError) return false;
    throw error;
  });
  if (!local) throw ahead(result, `none is written for ${target.name}, which is not local`);
}
