import { isSymbol, type Token, tokenize } from './lexer.ts';

/** Reads a statement's tokens by position; comments do not exist for it. */
export class TokenReader {
  readonly text: string;
  readonly tokens: Token[];
  #at = 0;

  constructor(
    text: string,
    tokens = [...tokenize(text)].filter(({ kind }) => kind !== 'comment' && kind !== 'marker'),
  ) {
    this.text = text;
    this.tokens = tokens;
  }

  /** The first `count` words in upper case, whatever stands between them. */
  words(count: number): string[] {
    const words: string[] = [];
    for (const token of this.tokens) {
      if (words.length === count) break;
      if (token.kind === 'word') words.push(token.text);
    }
    return words;
  }

  startsWith(...words: string[]): boolean {
    return words.every((word, index) => isWord(this.tokens[index], word));
  }

  /** Whether these words follow one another somewhere. */
  has(...words: string[]): boolean {
    return this.indexOf(words) !== -1;
  }

  lastWord(): string | undefined {
    const last = this.tokens.at(-1);
    return last?.kind === 'word' ? last.text : undefined;
  }

  /** A reader that stands behind the first occurrence of the word. */
  after(word: string): TokenReader {
    const index = this.indexOf([word]);
    return this.at(index === -1 ? this.tokens.length : index + 1);
  }

  accept(...words: string[]): boolean {
    if (!words.every((word, index) => isWord(this.tokens[this.#at + index], word))) return false;
    this.#at += words.length;
    return true;
  }

  peekWord(): string | undefined {
    const token = this.tokens[this.#at];
    return token?.kind === 'word' ? token.text : undefined;
  }

  acceptSymbol(symbol: string): boolean {
    if (!isSymbol(this.tokens[this.#at], symbol)) return false;
    this.#at++;
    return true;
  }

  /** A reader that stands at the token with this index. */
  at(index: number): TokenReader {
    const reader = new TokenReader(this.text, this.tokens);
    reader.#at = index;
    return reader;
  }

  /** What has not been read yet. */
  rest(): Token[] {
    return this.tokens.slice(this.#at);
  }

  /** A name with its dots, as written, or undefined when none stands here. */
  name(): string | undefined {
    let end: number | undefined;
    const start = this.tokens[this.#at]?.start ?? 0;
    while (isNamePart(this.tokens[this.#at])) {
      end = this.tokens[this.#at]!.end;
      this.#at++;
      if (!isSymbol(this.tokens[this.#at], '.')) break;
      this.#at++;
    }
    return end === undefined ? undefined : this.text.slice(start, end);
  }

  nameAfter(word: string): string | undefined {
    return this.after(word).name();
  }

  /** The first name behind the first word that is none of these words, options in parentheses left out. */
  nameExcept(...words: string[]): string | undefined {
    let depth = 0;
    const index = this.tokens.findIndex((token, at) => {
      if (isSymbol(token, '(')) depth++;
      if (isSymbol(token, ')')) depth--;
      return at > 0 && depth === 0 && isNamePart(token) && !words.some((word) => isWord(token, word));
    });
    return index === -1 ? undefined : this.at(index).name();
  }

  indexOf(words: string[]): number {
    return this.tokens.findIndex((_, at) => words.every((word, index) => isWord(this.tokens[at + index], word)));
  }
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === 'word' && token.text === word;
}

function isNamePart(token: Token | undefined): boolean {
  return token?.kind === 'word' || token?.kind === 'quoted';
}
