import type { Sql } from 'postgres';
import type { LoadedConfig } from '../config.ts';
import type { Target } from '../connection/target.ts';
import type { Environment, Setting } from '../environment/load.ts';

export type Level = 'ok' | 'warn' | 'fail';

export interface Finding {
  level: Level;
  /** What was found, as a sentence. */
  message: string;
  /** The next step, as something to copy; every warning and failure has one. */
  fix?: string;
}

/** What every check knows. */
export interface Clone {
  config: LoadedConfig;
  /** Folders under apps/. */
  services: string[];
  /** Each value with the place that gave it; `of` a service with its own .env first. */
  settings(service?: string): Record<string, Setting>;
  env: Environment;
  /** Undefined when nothing names one and the local server does not run. */
  target?: Target;
}

/** What a check of the database knows beside. */
export interface OpenClone extends Clone {
  target: Target;
  sql: Sql;
}

/**
 * One question about a clone, or about the database once it is reached. A check that throws has failed with that error.
 */
export interface Check<Context> {
  name: string;
  run(context: Context): Promise<Finding[]> | Finding[];
}

export const ok = (message: string): Finding[] => [{ level: 'ok', message }];
export const warn = (message: string, fix: string): Finding[] => [{ level: 'warn', message, fix }];
export const fail = (message: string, fix: string): Finding[] => [{ level: 'fail', message, fix }];
