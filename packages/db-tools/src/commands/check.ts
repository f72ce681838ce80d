import { type CheckResult, check } from '../check/check.ts';
import type { CheckFinding } from '../check/finding.ts';
import { count, paint } from '../command-line/output.ts';
import type { Verb } from '../command-line/verb.ts';
import { findNamedTarget } from '../connection/target.ts';
import { DbError, EXIT } from '../errors.ts';
import { chooseAll, chooseChanged } from '../lint/choose-files.ts';

interface Options {
  offline?: boolean;
  base?: string;
}

export const verb: Verb<Options> = {
  examples: ['pnpm db check --offline', 'pnpm db check --base origin/main'],

  configure: (command) =>
    command
      .option('--offline', 'ask no database, even if one is named')
      .option('--base <commit>', 'migrations since this commit are new, and linted (origin/main)')
      .addHelpText(
        'after',
        `
Journal, files, snapshots, down files and schema belong together, and new migrations pass the lint.
With a database, which --url or the environment names: its history matches, it is what its
migrations make (db drift), its indexes are valid, its constraints are checked.`,
      ),

  async run(context) {
    const { options, output } = context;
    const config = await context.config();
    const target = options.offline ? undefined : await findNamedTarget(context);
    const choose = () => chooseChanged(config.migrations, options.base) ?? chooseAll(config.migrations);
    const database = target && { target, env: await context.environment(), signal: context.signal };
    const result = await check({ config, choose, ...(database ? { database } : {}) });
    if (result.findings.length > 0) {
      output.finding(`${result.findings.map(describe).join('\n\n')}\n`);
      throw failed(result);
    }
    output.say(
      `Files, snapshots and schema agree${target ? `, and so does ${target.name}` : '; no database was asked'}.`,
    );
    return { ...(target ? { database: target.name } : {}), findings: [] };
  },
};

function describe({ code, at, line, message, fix }: CheckFinding): string {
  return `${paint('bold', line === undefined ? at : `${at}:${line}`)}  ${paint('red', code)}\n  ${message}\n  ${fix}`;
}

function failed({ findings }: CheckResult): DbError {
  return new DbError('check_failed', `The check found ${count(findings.length, 'problem')}.`, {
    exit: EXIT.check,
    hint: findings[0]!.fix,
    details: { findings },
  });
}
