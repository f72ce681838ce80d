import { confirm, isCancel, select } from '@clack/prompts';

/** The answer; Escape and Ctrl-C count as no. Only for a terminal. Questions go to stderr, stdout carries the result. */
export async function askYesNo(message: string): Promise<boolean> {
  const answer = await confirm({ message, initialValue: false, output: process.stderr });
  return !isCancel(answer) && answer;
}

/** The value chosen, or undefined on Escape and Ctrl-C. Only for a terminal. */
export async function askChoice(
  message: string,
  options: { value: string; label: string; hint?: string }[],
): Promise<string | undefined> {
  const answer = await select({ message, options, output: process.stderr });
  return isCancel(answer) ? undefined : answer;
}
