#!/usr/bin/env node
import { Console } from 'node:console';
import { enableCompileCache } from 'node:module';
import { constants } from 'node:os';
import { join } from 'node:path';
import { createOutput, flagsToRepeat, printError, printJson } from './command-line/output.ts';
import type { Verb, VerbContext } from './command-line/verb.ts';
import { verbs } from './command-line/verbs.ts';
import { loadConfig } from './config.ts';
import { inCi } from './environment/in-ci.ts';
import { loadEnvironment } from './environment/load.ts';
import { DbError, EXIT, type ExitCode, toDbError, usageError } from './errors.ts';

enableCompileCache();

// stdout is for the result: what a schema, a seed or a library prints is for people.
globalThis.console = new Console(process.stderr);
silenceWarning('MODULE_TYPELESS_PACKAGE_JSON');

const argv = process.argv.slice(2);
// Kept, since drizzle-kit is run with another one in its place.
const exit = process.exit.bind(process);
// Read before anything can fail: a usage error must be one JSON object too.
const json = argv.includes('--json');
const flags = flagsToRepeat(argv);
// What a process that a signal ended has for a status, in a shell: 130 and 143.
let interrupted: number | undefined;

process.on('uncaughtException', (error) => finish(fail(error)));
process.on('unhandledRejection', (error) => finish(fail(error)));
// The reader of a pipe may leave before everything is written: without the result a run has failed, without its remarks
// it has not.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') process.stderr.write(`error stdout cannot be written: ${error.message}\n`);
  exit(process.exitCode || EXIT.failed);
});
process.stderr.on('error', () => {});

finish(await main().catch(fail));

/** Without "type" in package.json Node says how the config would load faster, which is no concern of a migration. */
function silenceWarning(code: string): void {
  const emit = process.emitWarning as (...args: unknown[]) => void;
  process.emitWarning = (...args: unknown[]) => {
    const [, options, third] = args;
    if (third !== code && (options as { code?: string } | undefined)?.code !== code) emit.apply(process, args);
  };
}

async function main(): Promise<ExitCode> {
  const { splitArguments } = await import('./command-line/usage.ts');
  const { verb: name, rest, wants } = splitArguments(argv);
  if (wants === 'version') return version();
  if (name === undefined || wants === 'help') return help(name, wants === 'help');
  const { verb } = await verbs[name]!.load();
  const { parseVerb } = await import('./command-line/usage.ts');
  const { options, args } = parseVerb(name, verb as Verb, rest);
  const result = await (verb as Verb).run(createContext(options, args));
  if (json) printJson({ ok: true, ...result });
  return EXIT.ok;
}

async function version(): Promise<ExitCode> {
  const { readFileSync } = await import('node:fs');
  const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8'));
  if (json) printJson({ ok: true, version: manifest.version });
  else process.stdout.write(`${manifest.version}\n`);
  return EXIT.ok;
}

async function help(name: string | undefined, isWanted: boolean): Promise<ExitCode> {
  const { helpText } = await import('./command-line/usage.ts');
  const text = helpText(name, name === undefined ? undefined : ((await verbs[name]!.load()).verb as Verb));
  if (isWanted) {
    if (json) printJson({ ok: true, help: text });
    else process.stdout.write(text);
    return EXIT.ok;
  }
  if (!json) process.stderr.write(text);
  throw usageError('No verb was given.', 'pnpm db --help');
}

function createContext(options: VerbContext['options'], args: string[]): VerbContext {
  let config: ReturnType<typeof loadConfig> | undefined;
  let environment: ReturnType<typeof loadEnvironment> | undefined;
  let signal: AbortSignal | undefined;
  return {
    options,
    args,
    output: createOutput({ json, quiet: options.quiet ?? false, flags }),
    async config() {
      config ??= loadConfig({ cwd: process.cwd(), file: options.config });
      return await config;
    },
    async environment() {
      environment ??= loadEnvironment({ root: (await this.config()).root });
      return environment;
    },
    interactive: isInteractive(),
    // Made when a verb asks for it: a verb that does not listen for signals ends at once, like any process.
    get signal() {
      signal ??= abortOnSignals();
      return signal;
    },
  };
}

/**
 * The first signal lets the verb tidy up, a later one ends the process, and one that comes while it says so ends it
 * without another word. Later: a package manager passes on the Ctrl-C that the terminal has sent to us already.
 */
function abortOnSignals(): AbortSignal {
  const abort = new AbortController();
  let first = Number.POSITIVE_INFINITY;
  let told = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const status = 128 + constants.signals[signal];
    process.on(signal, () => {
      if (performance.now() - first > 500) {
        if (told) exit(status);
        told = true;
        return finish(fail(interruptedAgain(signal)));
      }
      if (abort.signal.aborted) return;
      first = performance.now();
      interrupted = status;
      abort.abort(new DbError('interrupted', `Interrupted by ${signal}.`));
    });
  }
  return abort.signal;
}

function interruptedAgain(signal: string): DbError {
  const message = `Interrupted by ${signal} again, before the first interruption was over; what the server was asked for may still run there.`;
  return new DbError('interrupted', message, { hint: 'See where the migrations stand: pnpm db status' });
}

function isInteractive(): boolean {
  return Boolean(process.stdin.isTTY && process.stderr.isTTY) && !inCi(process.env);
}

function fail(error: unknown): number {
  const known = toDbError(error);
  printError(known, { json, flags });
  return interrupted ?? known.exit;
}

/** Ends the process once stdout is written: a handle that a seed left open must not keep it. */
function finish(code: number): void {
  process.exitCode = code;
  process.stdout.write('', (error) => {
    if (!error) exit(code);
  });
}
