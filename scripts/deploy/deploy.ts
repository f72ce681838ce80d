import { attempt } from '../containers/run.ts';
import type { Driver } from './driver.ts';

export interface DeployOptions {
  backup: boolean;
  migrate: boolean;
  /** A script that gets `--<service> <url>` for each service, and its own arguments; none without it. */
  smoke?: { script: string; args: string[] };
  say: (line: string) => void;
}

/**
 * The release itself, backup, migrations, then one service after the other, then the smoke test. Returns whether all of it was done; the first
 * failure stops it, with what serves now and how to go back.
 */
export async function deploy(driver: Driver, options: DeployOptions): Promise<boolean> {
  const { say } = options;
  const before = await driver.current();
  let backup: string | undefined;
  const steps: [string, () => Promise<unknown>][] = [
    ['release', () => driver.fetch()],
    ...(options.backup
      ? [['backup', async () => (backup = await driver.backup())] as [string, () => Promise<string>]]
      : []),
    ...(options.migrate ? [['migrate', () => driver.migrate()] as [string, () => Promise<void>]] : []),
    ...driver.services.map((service): [string, () => Promise<unknown>] => [
      `roll ${service}`,
      () => driver.roll(service),
    ]),
    ...(options.smoke
      ? [['smoke test', async () => smoke(driver, options.smoke!)] as [string, () => Promise<void>]]
      : []),
  ];
  for (const [name, act] of steps) {
    const began = performance.now();
    try {
      const result = await act();
      say(`ok    ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)${result ? `: ${result}` : ''}`);
    } catch (error) {
      say(`FAIL  ${name}: ${error instanceof Error ? error.message : error}`);
      const migrated = !['release', 'backup', 'migrate'].includes(name);
      const now = await driver.current();
      for (const line of wayBack(driver, { before, now, migrated, backup })) say(line);
      return false;
    }
  }
  return true;
}

function wayBack(
  driver: Driver,
  state: {
    before: Record<string, string>;
    now: Record<string, string>;
    migrated: boolean;
    backup?: string | undefined;
  },
): string[] {
  const { before, now, migrated, backup } = state;
  const changed = driver.services.filter((service) => now[service] !== before[service]);
  const old = driver.services.filter((service) => before[service] && !changed.includes(service));
  const lines = ['', 'Stopped.'];
  if (changed.length > 0) lines.push(`  new: ${changed.join(', ')}`);
  if (old.length > 0) lines.push(`  as before: ${old.join(', ')}`);
  const releases = [...new Set(changed.flatMap((service) => before[service] ?? []))];
  if (releases.length > 0) {
    lines.push('To go back, which is safe as long as migrations only expand (docs/guides/deploying.md):');
    lines.push(...releases.map((release) => `  ${driver.command(release)} --back`));
  } else lines.push('There is nothing to go back to: no service that ran was changed. Mend it and deploy again.');
  if (backup && migrated) {
    lines.push('Only if the data itself is wrong, since it loses what was written after the backup:');
    lines.push(`  pnpm db restore ${backup} --target <host/database>`);
  }
  return lines;
}

async function smoke(driver: Driver, { script, args }: { script: string; args: string[] }): Promise<void> {
  const where = driver.services.flatMap((service) => [`--${service}`, driver.url(service)]);
  const { code, stdout, stderr } = await attempt(process.execPath, [script, ...where, ...args]);
  if (code !== 0) throw new Error(`${script} ended with ${code}:\n${stdout}${stderr}`);
}
