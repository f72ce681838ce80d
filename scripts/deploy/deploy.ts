import { attempt } from '../containers/run.ts';
import type { Backup, Driver } from './driver.ts';

export interface DeployOptions {
  backup: boolean;
  migrate: boolean;
  /** A script that gets `--<service> <url>` for each service, and its own arguments; none without it. */
  smoke?: { script: string; args: string[] };
  /** The command that goes back to a release, with the same flags. */
  back: (release: string) => string;
  say: (line: string) => void;
}

/**
 * The release itself, the database, backup, migrations, then one service after the other, then the smoke test. Returns
 * whether all of it was done; the first failure stops it, with what serves now and how to go back.
 */
export async function deploy(driver: Driver, options: DeployOptions): Promise<boolean> {
  const { say } = options;
  const before = await driver.current();
  let backup: Backup | undefined;
  const takeBackup = async () => {
    backup = await driver.backup();
    return backup.where;
  };
  const { smoke } = options;
  const steps: Step[] = [
    ['release', () => driver.fetch()],
    ...when(options.migrate && driver.database !== undefined, ['database', () => driver.database!()]),
    ...when(options.backup, ['backup', takeBackup]),
    ...when(options.migrate, ['migrate', () => driver.migrate()]),
    ...driver.services.map((service): Step => [`roll ${service}`, () => driver.roll(service)]),
    ...when(smoke !== undefined, ['smoke test', () => runSmoke(driver, smoke!)]),
  ];
  for (const [name, act] of steps) {
    const began = performance.now();
    try {
      const result = await act();
      say(
        `ok    ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)${typeof result === 'string' ? `: ${result}` : ''}`,
      );
    } catch (error) {
      say(`FAIL  ${name}: ${error instanceof Error ? error.message : error}`);
      const migrated = !['release', 'database', 'backup', 'migrate'].includes(name);
      const now = await driver.current();
      for (const line of wayBack(driver, options, { before, now, backup: migrated ? backup : undefined })) say(line);
      return false;
    }
  }
  return true;
}

type Step = [name: string, act: () => Promise<unknown>];

function when(wanted: boolean, step: Step): Step[] {
  return wanted ? [step] : [];
}

interface State {
  before: Record<string, string>;
  now: Record<string, string>;
  /** When the migrations that it was made before have run. */
  backup: Backup | undefined;
}

function wayBack(driver: Driver, { back }: DeployOptions, { before, now, backup }: State): string[] {
  const changed = driver.services.filter((service) => now[service] !== before[service]);
  const old = driver.services.filter((service) => before[service] && !changed.includes(service));
  const lines = ['', 'Stopped.'];
  if (changed.length > 0) lines.push(`  new: ${changed.join(', ')}`);
  if (old.length > 0) lines.push(`  as before: ${old.join(', ')}`);
  const releases = [...new Set(changed.flatMap((service) => before[service] ?? []))];
  if (releases.length > 0) {
    lines.push('To go back, which is safe as long as migrations only expand (docs/guides/deploying.md):');
    lines.push(...releases.map((release) => `  ${back(release)}`));
  } else lines.push('There is nothing to go back to: no service that ran was changed. Mend it and deploy again.');
  if (backup) {
    lines.push('Only if the data itself is wrong, since it loses what was written after the backup:');
    lines.push(...backup.restore.map((line) => `  ${line}`));
  }
  return lines;
}

async function runSmoke(driver: Driver, { script, args }: { script: string; args: string[] }): Promise<void> {
  const where = driver.services.flatMap((service) => [`--${service}`, driver.url(service)]);
  const { code, stdout, stderr } = await attempt(process.execPath, [script, ...where, ...args]);
  if (code !== 0) throw new Error(`${script} ended with ${code}:\n${stdout}${stderr}`);
}
