import type { LintFile, Problem, Rule } from '../rule.ts';
import { sameFile } from '../safe-form.ts';

export const exceptionWithoutReason: Rule = {
  name: 'exception-without-reason',
  level: 'error',
  check: ({ path, exceptions }: LintFile) =>
    exceptions.flatMap(({ rule, reason, line, comment }): Problem[] => {
      if (rule !== undefined && reason !== undefined) return [];
      const what =
        rule === undefined
          ? 'It does not say which rule it is about'
          : `It does not say why ${rule} may be broken here`;
      return [
        {
          at: { line },
          message: `${what}, so that nobody can judge it later.`,
          safe: [sameFile(path, withReason(comment, rule ?? 'drop-without-contract'))],
        },
      ];
    }),
};

function withReason(comment: string, rule: string): string {
  const reason = 'the table has a hundred rows and one writer';
  if (/^--\s*db:/.test(comment)) return `${comment.replace(/\s*reason=.*$/, '')} reason=${reason}`;
  return `-- squawk-ignore ${rule} -- ${reason}`;
}
