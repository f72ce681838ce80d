import { count } from '../command-line/output.ts';
import { answeringCommands } from '../command-line/questions.ts';
import { generate } from '../generate/index.ts';
import type { CheckFinding } from './finding.ts';

/** The schema is what the last snapshot says. Throws DbErrors for a schema that cannot be loaded. */
export async function checkSchema(schema: string, directory: string): Promise<CheckFinding[]> {
  const decisions = { rename: [], create: [], drop: [] };
  const { statements, questions } = await generate({ schema, directory, decisions });
  if (questions.length > 0) {
    const [{ kind, removed, added }] = questions as [(typeof questions)[number]];
    return [
      {
        code: 'schema-ahead',
        at: schema,
        message: `The schema is ahead of the migrations, and it is to be said whether the ${kind} ${added.join(', ')} is new or was ${removed.join(' or ')}.`,
        fix: answeringCommands('generate', questions),
      },
    ];
  }
  if (statements.length === 0) return [];
  const first = statements[0]!.replace(/\s+/g, ' ').slice(0, 100);
  return [
    {
      code: 'schema-ahead',
      at: schema,
      message: `The schema is ahead of the migrations by ${count(statements.length, 'statement')}: ${first}${statements.length > 1 ? ' …' : ''}`,
      fix: 'pnpm db generate',
    },
  ];
}
