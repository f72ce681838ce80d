import { describe, expect, it } from 'vitest';
import { TEST_PASSWORD } from '../testing/index.ts';
import { hashPassword, verifyPassword } from './password.ts';

describe('a password', () => {
  it('is known again, and no other is taken for it', async () => {
    const stored = await hashPassword('correct horse');
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(await verifyPassword('correct horse', stored)).toBe(true);
    expect(await verifyPassword('correct horse ', stored)).toBe(false);
    expect(await verifyPassword('', stored)).toBe(false);
  });

  it('has another salt each time', async () => {
    expect(await hashPassword(TEST_PASSWORD)).not.toBe(await hashPassword(TEST_PASSWORD));
  });

  it('is the same however its letters are composed', async () => {
    expect(await verifyPassword('Zu\u0308rich', await hashPassword('Z\u00fcrich'))).toBe(true);
  });

  it('is verified with the cost that its hash was made with', async () => {
    // Of "password" and "somesalt", from the tests of the reference implementation (phc-winner-argon2, src/test.c).
    const stored = '$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc';
    expect(await verifyPassword('password', stored)).toBe(true);
    expect(await verifyPassword('passwords', stored)).toBe(false);
  });

  it('is not compared with what is no hash, and the message does not tell it', async () => {
    await expect(verifyPassword('a', 'plain-text')).rejects.toThrow(/no Argon2id PHC string/);
    await expect(verifyPassword('a', 'plain-text')).rejects.not.toThrow(/plain-text/);
  });
});
