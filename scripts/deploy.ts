/**
 * `pnpm run deploy`: look at the release, backup, migrate, roll the services one by one, each waiting until it is
 * ready, then the smoke test. The first failure stops it and says how to go back. Exit 0 when all was done, 1 when not,
 * 2 when it was asked wrongly. See docs/guides/deploying.md.
 *
 *   pnpm run deploy --driver compose   --release 1.4.0
 *   pnpm run deploy --driver processes --release /srv/stratum/1.4.0
 *   … --back                             services only: to a release that ran before
 *   … -- --admin-email … --admin-password …   for the smoke test
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { compose } from './deploy/compose.ts';
import { deploy } from './deploy/deploy.ts';
import { processes } from './deploy/processes.ts';
import { wayBackCommand } from './deploy/words.ts';
import { listServices } from './services.ts';

const root = path.dirname(import.meta.dirname);
const {
  values: options,
  positionals,
  tokens,
} = parseArgs({
  tokens: true,
  allowPositionals: true,
  allowNegative: true,
  options: {
    driver: { type: 'string' },
    release: { type: 'string' },
    /** Where `processes` notes what runs, and has its logs and backups. */
    state: { type: 'string', default: path.join(root, '.local/deploy') },
    backup: { type: 'boolean', default: true },
    back: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: true },
    /** `--at files=https://files.example.com`: where the smoke test reaches a service. */
    at: { type: 'string', multiple: true, default: [] },
    'env-file': { type: 'string' },
    /** Seconds that a new instance gets to become ready. */
    timeout: { type: 'string', default: '60' },
    /** Of the port of a service's second instance, from that of the first. */
    'port-step': { type: 'string', default: '10' },
  },
});

const { release, driver: name } = options;
if (!release || !name || !['compose', 'processes'].includes(name)) {
  console.error('What to deploy, and where?\n  pnpm run deploy --driver compose|processes --release <tag or folder>');
  process.exit(2);
}
const timeout = wholeNumber('timeout', 1, 3600);
const portStep = wholeNumber('port-step', 1, 10_000);
const common = {
  services: listServices(root),
  release,
  urls: Object.fromEntries(options.at.map((pair) => pair.split(/=(.*)/s).slice(0, 2))),
  timeout,
};
const driver =
  name === 'compose'
    ? compose({
        ...common,
        file: path.join(root, 'docker/compose.yaml'),
        args: options['env-file'] ? ['--env-file', options['env-file']] : [],
        program: ['docker', 'compose'],
        engine: 'docker',
        second: ({ portVariable, defaultPort }) => {
          const port = Number(process.env[portVariable] ?? defaultPort) + portStep;
          return ['--publish', `127.0.0.1:${port}:${defaultPort}`];
        },
      })
    : processes({ ...common, state: options.state, portStep });
const done = await deploy(driver, {
  backup: options.backup && !options.back,
  migrate: !options.back,
  ...(options.smoke ? { smoke: { script: path.join(import.meta.dirname, 'smoke.ts'), args: positionals } } : {}),
  back: (to) => wayBackCommand(tokens, to),
  say: (line) => console.log(line),
});
process.exit(done ? 0 : 1);

function wholeNumber(name: 'timeout' | 'port-step', least: number, most: number): number {
  const value = Number(options[name]);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  console.error(`--${name} ${options[name]} is not a whole number from ${least} to ${most}.`);
  process.exit(2);
}
