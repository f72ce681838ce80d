import { count, paint } from '../command-line/output.ts';
import type { Verb, VerbContext } from '../command-line/verb.ts';
import { findNamedTarget, type Target, toTarget } from '../connection/target.ts';
import { withDatabase } from '../connection/url.ts';
import { type Clone } from '../doctor/check.ts';
import { asFinding, type Examined, examine, listServices } from '../doctor/examine.ts';
import { inCi } from '../environment/in-ci.ts';
import { traceEnvironment } from '../environment/load.ts';
import { DbError, EXIT } from '../errors.ts';

export const verb: Verb = {
  examples: ['pnpm db doctor'],

  configure: (command) =>
    command.addHelpText(
      'after',
      `
Asks everything between this clone and its database, changes nothing, and starts no server. Exit 3
when something fails; warnings do not count.`,
    ),

  async run(context) {
    const findings = await diagnose(context);
    const width = Math.max(...findings.map(({ check }) => check.length));
    for (const finding of findings) {
      const line = describe(finding, width);
      if (finding.level === 'ok') context.output.say(line);
      else context.output.finding(`${line}\n${' '.repeat(width + 8)}${paint('bold', finding.fix!)}`);
    }
    const of = (level: string) => findings.filter((finding) => finding.level === level);
    if (of('fail').length > 0) {
      throw new DbError('doctor_failed', `The doctor found ${count(of('fail').length, 'failure')}.`, {
        exit: EXIT.check,
        hint: of('fail')[0]!.fix,
        details: { findings },
      });
    }
    context.output.say(`Nothing is broken; ${count(of('warn').length, 'warning')}.`);
    return { findings };
  },
};

/** A setting that cannot be read is the finding then: nothing else can be asked. */
async function diagnose(context: VerbContext): Promise<Examined[]> {
  let clone: Clone;
  try {
    clone = await readClone(context);
  } catch (error) {
    return [asFinding('settings', error)];
  }
  return examine(clone);
}

async function readClone(context: VerbContext): Promise<Clone> {
  const config = await context.config();
  const env = await context.environment();
  const { root } = config;
  return {
    config,
    env,
    services: listServices(root),
    settings: (service) => traceEnvironment({ root, service }),
    target: (await findNamedTarget(context)) ?? (await runningTarget(context)),
  };
}

/** The database on the local server, if that runs. */
async function runningTarget(context: VerbContext): Promise<Target | undefined> {
  const { localPostgres, database } = await context.config();
  const env = await context.environment();
  if (env.NODE_ENV === 'production' || inCi(env)) return undefined;
  const { localPostgresStatus } = await import('../local-postgres/index.ts');
  const server = await localPostgresStatus(localPostgres.directory);
  return server && toTarget(withDatabase(server.url, database), 'local');
}

const SIGNS = { ok: ['green', 'ok  '], warn: ['yellow', 'warn'], fail: ['red', 'FAIL'] } as const;

function describe({ check, level, message }: Examined, width: number): string {
  const [colour, sign] = SIGNS[level];
  return `${paint(colour, sign)}  ${check.padEnd(width)}  ${message}`;
}
