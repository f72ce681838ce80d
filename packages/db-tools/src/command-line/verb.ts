import type { Command } from 'commander';
import type { LoadedConfig } from '../config.ts';
import type { Environment } from '../environment/load.ts';
import type { Output } from './output.ts';

/** Flags that every verb takes. */
export interface GlobalOptions {
  json?: boolean;
  yes?: boolean;
  quiet?: boolean;
  url?: string;
  config?: string;
}

export interface VerbContext<Options = object> {
  options: Options & GlobalOptions;
  /** Positional arguments. */
  args: string[];
  output: Output;
  /** The config file, loaded once. */
  config(): Promise<LoadedConfig>;
  /** The environment with .env and NAME_FILE, loaded once. */
  environment(): Promise<Environment>;
  /** Whether a question may be asked: a terminal on both sides, and CI not set. */
  interactive: boolean;
  /** Aborted on Ctrl-C and SIGTERM. */
  signal: AbortSignal;
}

/** One verb of the command line. What `run` returns is the object that `--json` prints, after `"ok": true`. */
export interface Verb<Options = object> {
  /** Whole commands, as they are typed. */
  examples: [string, ...string[]];
  configure?(command: Command): void;
  run(context: VerbContext<Options>): Promise<Record<string, unknown>>;
}
