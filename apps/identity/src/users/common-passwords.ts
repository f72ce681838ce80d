let common: Promise<ReadonlySet<string>> | undefined;

/**
 * Whether it is one of the 17,950 most common passwords of 8 characters and more, in capitals or not (OWASP ASVS 6.2.4
 * asks for 3,000). The list is loaded when it is first needed, which takes some 20 ms and 12 MB.
 */
export async function isCommonPassword(password: string): Promise<boolean> {
  common ??= loadCommonPasswords();
  return (await common).has(password.normalize('NFKC').toLowerCase());
}

async function loadCommonPasswords(): Promise<ReadonlySet<string>> {
  // The list alone: the package's index also unpacks two more, for twice the time and memory.
  const list = await import('@zxcvbn-ts/language-common/src/passwords.json', { with: { type: 'json' } });
  // Shorter ones are refused by their length.
  return new Set(list.default.filter((password) => [...password].length >= 8));
}
