let common: Promise<ReadonlySet<string>> | undefined;

/**
 * Whether it is one of the 17,950 most common passwords of 8 characters and more, in capitals or not (OWASP ASVS 6.2.4 asks for
 * 3,000). The list is loaded when it is first needed: 0.4 MB of source, and a few of memory.
 */
export async function isCommonPassword(password: string): Promise<boolean> {
  common ??= loadCommonPasswords();
  return (await common).has(password.normalize('NFKC').toLowerCase());
}

async function loadCommonPasswords(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  // Shorter ones are refused by their length.
  return new Set(dictionary['passwords-common'].filter((password) => [...password].length >= 8));
}
