/**
 * Runs the commands of README.md's transcript against running services and writes what they answered under each.
 *
 *   node scripts/transcript.ts [--check] [--identity URL] [--files URL] [--credits URL]
 *
 * With --check nothing is written: exit 1 when an answer differs in more than ids, times, tokens and cursors.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { listServices } from './services.ts';

const root = path.dirname(import.meta.dirname);
const file = path.join(root, 'README.md');
const services = listServices(root);
const { values } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    ...Object.fromEntries(services.map(({ name }) => [name, { type: 'string' as const }])),
  },
});
const options = values as { check: boolean } & Record<string, string | undefined>;

const readme = readFileSync(file, 'utf8');
const [whole, head, block, tail] = readme.match(/(<!-- transcript:.*?-->\n\n```console\n)(.*?)(```\n)/s) ?? [];
if (!whole || !block) throw new Error('README.md has no transcript.');
const commands = block.split('\n').filter((line) => line.startsWith('$ '));
const answers = run(commands.map((line) => line.slice(2)));
const transcript = commands.map((line, i) => `${line}\n${answers[i]}`).join('');

if (!options.check) {
  writeFileSync(
    file,
    readme.replace(whole, () => `${head}${transcript}${tail}`),
  );
} else if (mask(transcript) !== mask(block)) {
  console.error(`README.md's transcript is not what happens. Now:\n\n${transcript}`);
  process.exit(1);
} else {
  console.log(`README.md's ${commands.length} commands answer as it says.`);
}

/** One shell runs them all, so that a variable set by one is there for the next. */
function run(lines: string[]): string[] {
  const mark = '\u0001';
  const script = lines.map((line) => `${elsewhere(line)}\nprintf '%s' '${mark}'`).join('\n');
  const { stdout, status, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', script], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The transcript stopped: ${stderr}\n${stdout}`);
  return stdout.split(mark).map((answer) => (answer === '' ? '' : `${answer.trimEnd()}\n`));
}

/** The README speaks of the default ports; the services may be at others. */
function elsewhere(line: string): string {
  return services.reduce((text, { name, defaultPort }) => {
    const url = options[name];
    return url ? text.replaceAll(`localhost:${defaultPort}`, new URL(url).host) : text;
  }, line);
}

function mask(text: string): string {
  return text
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<id>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replace(/"(requestId|token|nextCursor)":"[^"]+"/g, '"$1":"<…>"');
}
