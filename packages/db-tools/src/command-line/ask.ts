import { confirm, isCancel, select } from '@clack/prompts';

/**
 * The answer; Escape, Ctrl-C and Ctrl-D count as no. Only for a terminal. Questions go to stderr, stdout carries the
 * result.
 */
export async function askYesNo(message: string): Promise<boolean> {
  const answer = await ask((options) => confirm({ message, initialValue: false, ...options }));
  return !isCancel(answer) && answer;
}

/** The value chosen, or undefined on Escape, Ctrl-C and Ctrl-D. Only for a terminal. */
export async function askChoice(
  message: string,
  choices: { value: string; label: string; hint?: string }[],
): Promise<string | undefined> {
  const answer = await ask((options) => select({ message, options: choices, ...options }));
  return isCancel(answer) ? undefined : answer;
}

interface PromptOptions {
  output: NodeJS.WriteStream;
  signal: AbortSignal;
}

async function ask<Answer>(prompt: (options: PromptOptions) => Promise<Answer>): Promise<Answer> {
  // A terminal that knows no size tells 0, and the prompt would break the line behind every character.
  process.stderr.columns ||= 80;
  // Ctrl-D closes readline behind the prompt's back, which would wait for ever.
  const ended = new AbortController();
  const end = (_: string | undefined, key: { ctrl?: boolean; name?: string }) => {
    if (key.ctrl && key.name === 'd') ended.abort();
  };
  process.stdin.on('keypress', end);
  try {
    return await prompt({ output: process.stderr, signal: ended.signal });
  } finally {
    process.stdin.off('keypress', end);
  }
}
