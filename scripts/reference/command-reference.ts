import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { helpText, ownHelp } from '../../packages/db-tools/src/command-line/usage.ts';
import type { Verb } from '../../packages/db-tools/src/command-line/verb.ts';
import { verbs } from '../../packages/db-tools/src/command-line/verbs.ts';

const SCHEMAS = join(import.meta.dirname, '../../packages/db-tools/schemas');
export const FILE = join(import.meta.dirname, '../../docs/reference/db-commands.md');

/** The page on every verb: what --help says, and what --json prints. */
export async function commandReference(): Promise<string> {
  const sections = await Promise.all(
    Object.keys(verbs).map(async (name) => `## ${name}\n\n${block(await helpOf(name))}\n${describeJson(name)}\n`),
  );
  return `${INTRODUCTION}\n${block(helpText())}\n${sections.join('\n')}`;
}

/** The help of a verb without the flags that every verb takes. */
async function helpOf(name: string): Promise<string> {
  return ownHelp(name, (await verbs[name]!.load()).verb as Verb);
}

function block(text: string): string {
  return `\`\`\`text\n${text.replace(/[ \t]+$/gm, '').trim()}\n\`\`\`\n`;
}

interface Schema {
  oneOf: { properties?: Record<string, unknown>; required?: string[]; description?: string; $ref?: string }[];
}

/** The fields of the outputs, those that may be missing with a question mark. */
function describeJson(name: string): string {
  const { oneOf } = JSON.parse(readFileSync(join(SCHEMAS, `${name}.json`), 'utf8')) as Schema;
  const ways = oneOf.map(({ properties = {}, required = [], $ref }) => {
    const fields = Object.keys(properties)
      .filter((field) => field !== 'ok')
      .map((field) => `\`${field}${$ref || required.includes(field) ? '' : '?'}\``);
    if (!$ref) return fields.join(', ');
    return fields.length > 0 ? `When it fails, beside \`error\`, what of these is known: ${fields.join(', ')}.` : '';
  });
  const failure = ways.pop()!;
  const schema = `[JSON](../../packages/db-tools/schemas/${name}.json)`;
  return `${schema}: ${ways.join('; or ')}. ${failure}`.trim();
}

const INTRODUCTION = `# The db commands

<!-- Written by \`pnpm docs:commands\` from the command line's own help; a test checks that it is fresh. -->

\`pnpm db <verb>\` in this repository, \`npx db <verb>\` where the package is installed. It works on the database of \`--url\`, else of
\`DATABASE_URL_DIRECT\`, \`DATABASE_URL\` or \`DB_HOST\` and its companions, else on the local PostgreSQL of this clone, which is
started; not with \`CI\` set or in production, where a database has to be named.

Off a terminal, and with \`CI\` set, nothing prompts: a missing answer is exit 2, with the flag that gives it.

## Exit codes

| exit     | meaning                                                                  |
| -------- | ------------------------------------------------------------------------ |
| 0        | done, or nothing to do                                                   |
| 1        | failed                                                                   |
| 2        | a decision or confirmation is missing                                    |
| 3        | a check failed: pending, drift, lint, history                            |
| 4        | the lock was not free in time                                            |
| 5        | wrong target: pooler, replica, protected or unreachable database         |
| 130, 143 | ended by Ctrl-C or SIGTERM; what was committed before is told, and stays |

## JSON

With \`--json\` a verb prints one object on stdout, and nothing else there: \`{"ok": true, …}\`, or when it fails
\`{"ok": false, "error": {"code", "message", "hint"}, …}\` with the facts of the failure beside. \`code\` is stable. The text for people
goes to stderr. The schemas (JSON Schema 2020-12) are exported as \`@org/db-tools/schemas/<verb>.json\`; the tests hold every
output against them. \`ms\` and \`durationMs\` are whole milliseconds, times are ISO 8601 in UTC.

## Every verb
`;

if (import.meta.main) writeFileSync(FILE, await commandReference());
