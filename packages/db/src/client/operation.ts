import { AsyncLocalStorage } from 'node:async_hooks';
import { channel } from 'node:diagnostics_channel';

/**
 * What is published on the channel `org.db.query` after every query; nothing is measured while nobody has subscribed.
 */
export interface QueryEvent {
  /** The name of the prepared query, else the one that `withOperation` was given. */
  operation: string | undefined;
  milliseconds: number;
  failed: boolean;
}

export const queryChannel = channel('org.db.query');

const operations = new AsyncLocalStorage<string>();

/**
 * Runs `work` under a name, which its queries carry: in QueryEvents, and to the server as a comment before the SQL, so
 * that pg_stat_activity and the server's log tell where a query comes from. A name must be one of a fixed few, never
 * made of values: each makes statements of its own. A prepared query goes by its own name.
 */
export function withOperation<Result>(name: string, work: () => Result): Result {
  return operations.run(name, work);
}

export function currentOperation(): string | undefined {
  return operations.getStore();
}

/** The SQL after its name. */
export function tagged(text: string, operation: string): string {
  return `/* ${tagOf(operation)} */ ${text}`;
}

const tags = new Map<string, string>();

/** Nothing that could end the comment, or open one inside of it. */
function tagOf(operation: string): string {
  let tag = tags.get(operation);
  if (tag === undefined) {
    tag = operation.replaceAll(/\*\/|\/\*|[^ -~]/g, '_');
    tags.set(operation, tag);
  }
  return tag;
}
