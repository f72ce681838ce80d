import { isSymbol, type Token } from '../migrator/lexer.ts';

/** Where these words follow one another outside of parentheses. */
export function lastIndexOf(tokens: Token[], words: string[]): number {
  let depth = 0;
  let found = -1;
  tokens.forEach((token, at) => {
    if (isSymbol(token, '(')) depth++;
    if (isSymbol(token, ')')) depth--;
    if (depth !== 0) return;
    if (words.every((word, i) => tokens[at + i]?.kind === 'word' && tokens[at + i]!.text === word)) found = at;
  });
  return found;
}

/** What stands between the parenthesis that the tokens begin with and its end. */
export function insideParentheses(tokens: Token[]): Token[] {
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    if (isSymbol(token, '(')) depth++;
    if (isSymbol(token, ')')) depth--;
    if (depth === 0) return tokens.slice(1, index);
  }
  return tokens.slice(1);
}

/** The parts between the commas that stand outside of brackets. */
export function splitAtCommas(tokens: Token[]): Token[][] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (isSymbol(token, '(') || isSymbol(token, '[')) depth++;
    if (isSymbol(token, ')') || isSymbol(token, ']')) depth--;
    if (isSymbol(token, ',') && depth === 0) parts.push([]);
    else parts.at(-1)!.push(token);
  }
  return parts.filter((part) => part.length > 0);
}

/** The text from the first token to the last. */
export function textOf(text: string, tokens: Token[]): string {
  return tokens.length === 0 ? '' : text.slice(tokens[0]!.start, tokens.at(-1)!.end);
}
