import type { MigrateEvent, MigrateOptions, MigrateResult } from '../../src/migrator/index.ts';
import { runScript, type Script } from '../run-script.ts';

export interface RunnerReport {
  result?: MigrateResult;
  error?: { code: string; exit: number; message: string };
  events: MigrateEvent[];
}

export interface RunnerProcess extends Script {
  report: Promise<RunnerReport>;
}

export interface RunnerProcessOptions extends Omit<MigrateOptions, 'onEvent' | 'signal'> {
  /** It says `ready`, and begins when this file exists, so that several begin together. */
  startFile?: string;
  /** The process kills itself with SIGKILL at the fault point with this number, from 0. */
  killAt?: number;
}

/** `migrate` in a process of its own. */
export function startRunner(options: RunnerProcessOptions): RunnerProcess {
  const script = runScript(CODE, [options]);
  const report = script.ended.then(({ output, signal, code }): RunnerReport => {
    const line = output.split('\n').find((candidate) => candidate.startsWith('{'));
    if (line !== undefined) return JSON.parse(line) as RunnerReport;
    return {
      events: [],
      error: { code: String(signal ?? code), exit: -1, message: 'The process ended without a report.' },
    };
  });
  return { ...script, report };
}

const CODE = `
  const { run } = await import('#/migrator/run.ts');
  const { existsSync } = await import('node:fs');
  const { startFile, killAt, ...options } = args[0];
  const events = [];
  let points = 0;
  const onFaultPoint = (name) => {
    if (points++ !== killAt) return;
    process.kill(process.pid, 'SIGKILL');
    // The signal may take a moment; nothing may happen in it.
    for (;;);
  };
  const onEvent = (event) => {
    events.push(event);
    console.log(event.type);
  };
  console.log('ready');
  while (startFile && !existsSync(startFile)) await new Promise((resolve) => setTimeout(resolve, 2));
  try {
    const result = await run({ ...options, onEvent }, { onFaultPoint });
    console.log(JSON.stringify({ result, events }));
  } catch (error) {
    const { code, exit, message } = error;
    console.log(JSON.stringify({ error: { code, exit, message }, events }));
  }
`;
