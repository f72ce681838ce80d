/**
 * Runs what is in this folder once, so that V8 writes its compile cache (at exit, and only at a clean one): a service
 * up to its answers to probes, without a database; the `db` command without a verb's work. Exit 1 when it does not
 * start.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

const isService = existsSync('main.js');
const port = '3000';
const child = spawn(process.execPath, isService ? ['main.js'] : ['cli.js', '--config', 'db.config.js', 'migrate'], {
  stdio: ['ignore', 'inherit', 'inherit'],
  env: {
    ...process.env,
    HOST: '127.0.0.1',
    PORT: port,
    LOG_LEVEL: 'warn',
    SHUTDOWN_DELAY: '0',
    // Nobody listens there: what connects is loaded, and fails.
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing?connect_timeout=1',
  },
});
const ended = new Promise((resolve) => child.on('exit', (code, signal) => resolve(code ?? signal)));

if (isService) {
  const live = await untilAnswered('/health/live');
  // Says 503, and has loaded what looks at the database.
  const ready = await untilAnswered('/health/ready');
  child.kill('SIGTERM');
  finish(live === 200 && ready === 503 && (await ended) === 0, `live ${live}, ready ${ready}, exit ${await ended}`);
} else {
  finish((await ended) === 5, `db migrate without a database ended with ${await ended}, not 5`);
}

async function untilAnswered(path) {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
    if (answer) return answer.status;
    if (child.exitCode !== null || Date.now() > deadline) finish(false, 'the service does not answer');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function finish(held, problem) {
  if (!held) console.error(`This build does not run: ${problem}.`);
  child.kill('SIGKILL');
  process.exit(held ? 0 : 1);
}
