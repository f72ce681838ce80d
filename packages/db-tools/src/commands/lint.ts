import { count } from '../command-line/output.ts';
import type { Verb, VerbContext } from '../command-line/verb.ts';
import { findNamedTarget } from '../connection/target.ts';
import { DbError, EXIT } from '../errors.ts';
import { type Choice, chooseAll, chooseChanged, chooseGiven, chooseTags } from '../lint/choose-files.ts';
import { describeFindings } from '../lint/describe.ts';
import { type Finding, lint } from '../lint/lint.ts';
import { migratorOptions } from '../migrator-options.ts';

interface Options {
  base?: string;
  all?: boolean;
}

export const verb: Verb<Options> = {
  examples: ['pnpm db lint', 'pnpm db lint 0007_add_note --json'],

  configure: (command) =>
    command
      .argument('[files...]', 'paths or tags; without any: what is not applied yet')
      .option('--base <commit>', 'what changed since this branch left it (origin/main)')
      .option('--all', 'every migration of the folder')
      .addHelpText(
        'after',
        `
Without files it lints what is pending on the database that --url or the environment names; without
one, what changed since the branch left the main line. An exception needs a reason, in the first
comment of the file:
  -- db: allow=<rule> reason=<why it is safe here>`,
      ),

  async run(context) {
    const { output } = context;
    const { choice, how } = await choose(context);
    const findings = await lint(choice.files, choice.context);
    const errors = findings.filter(({ level }) => level === 'error');
    if (errors.length > 0) {
      output.finding(`${describeFindings(findings)}\n`);
      throw failed(errors, findings);
    }
    if (findings.length > 0) output.say(`${describeFindings(findings)}\n`);
    output.say(`${count(choice.files.length, 'migration')} linted (${how}): nothing to object to.`);
    return { files: choice.files.map(({ path }) => path), findings };
  },
};

async function choose(context: VerbContext<Options>): Promise<{ choice: Choice; how: string }> {
  const { options, args } = context;
  const { migrations } = await context.config();
  if (args.length > 0) return { choice: chooseGiven(migrations, args), how: 'given' };
  if (options.all) return { choice: chooseAll(migrations), how: 'all' };
  const pending = options.base === undefined ? await findPending(context) : undefined;
  if (pending) return { choice: chooseTags(migrations, pending.tags), how: `pending on ${pending.database}` };
  const changed = chooseChanged(migrations, options.base);
  return changed
    ? { choice: changed, how: `changed since ${changed.base}` }
    : { choice: chooseAll(migrations), how: 'all, since there is no main line to compare with' };
}

/** What the named database lacks; undefined when none is named, or none answers. */
async function findPending(context: VerbContext<Options>): Promise<{ tags: string[]; database: string } | undefined> {
  const target = await findNamedTarget(context);
  if (!target) return undefined;
  const config = await context.config();
  const { status } = await import('../migrator/index.ts');
  try {
    const found = await status(migratorOptions(config, target, 'lint'));
    const tags = found.migrations.filter(({ state }) => state !== 'applied' && state !== 'missing-file');
    return { tags: tags.map(({ tag }) => tag), database: target.name };
  } catch (error) {
    if (!(error instanceof DbError) || error.code === 'migrations_folder') throw error;
    context.output.warn(`${error.message} Linting what changed since the main line instead.`);
    return undefined;
  }
}

function failed(errors: Finding[], findings: Finding[]): DbError {
  const files = new Set(errors.map(({ file }) => file)).size;
  return new DbError(
    'lint_failed',
    `The lint found ${count(errors.length, 'problem')} in ${count(files, 'migration')}.`,
    {
      exit: EXIT.check,
      hint: 'A migration to write instead: pnpm db generate --custom --name <name> — an exception, in the first comment of the file: -- db: allow=<rule> reason=<why it is safe here>',
      details: { findings },
    },
  );
}
