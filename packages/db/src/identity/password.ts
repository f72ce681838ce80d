import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/** The OWASP Password Storage Cheat Sheet's first choice: Argon2id with 19 MiB, 2 passes, 1 lane. */
const COST = { memory: 19_456, passes: 2, parallelism: 1 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;

const derive = promisify(argon2);

/** The password as a PHC string, `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>`. Takes some 30 ms of one core. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive('argon2id', parameters(password, salt, COST, HASH_BYTES));
  const { memory, passes, parallelism } = COST;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${encode(salt)}$${encode(hash)}`;
}

/**
 * Whether it is the password that `stored` was made of, compared in constant time. The cost is read from `stored`, so
 * that hashes made with another one stay valid. Throws when `stored` is no Argon2id PHC string.
 */
export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const { cost, salt, hash } = parse(stored);
  const given = await derive('argon2id', parameters(password, salt, cost, hash.length));
  return timingSafeEqual(given, hash);
}

function parameters(password: string, nonce: Buffer, cost: typeof COST, tagLength: number): Argon2Parameters {
  // The same letter may be typed as one code point or as two.
  return { message: password.normalize('NFKC'), nonce, tagLength, ...cost };
}

const PHC = /^\$argon2id\$v=19\$m=(\d{1,10}),t=(\d{1,10}),p=(\d{1,8})\$([A-Za-z0-9+/]{11,64})\$([A-Za-z0-9+/]{16,86})$/;

function parse(stored: string) {
  const match = PHC.exec(stored);
  // The text itself stays out of the message: it is a secret.
  if (!match)
    throw new Error('The stored password hash is no Argon2id PHC string ($argon2id$v=19$m=…,t=…,p=…$salt$hash).');
  const [, memory, passes, parallelism, salt, hash] = match as unknown as string[];
  return {
    cost: { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) },
    salt: Buffer.from(salt!, 'base64'),
    hash: Buffer.from(hash!, 'base64'),
  };
}

/** Base64 without padding, as PHC strings have it. */
function encode(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}
