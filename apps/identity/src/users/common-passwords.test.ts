import { expect, test } from 'vitest';
import { isCommonPassword } from './common-passwords.ts';

test('what everyone chooses is common, in capitals and full width too', async () => {
  for (const password of ['password', 'Password1', '12345678', 'QWERTYUIOP', 'iloveyou1', 'ｐａｓｓｗｏｒｄ']) {
    expect(await isCommonPassword(password), password).toBe(true);
  }
});

test('what nobody else has is not', async () => {
  for (const password of ['correct horse', 'x7#qLm2!', 'my dog eats passwords', '密'.repeat(8)]) {
    expect(await isCommonPassword(password), password).toBe(false);
  }
});
