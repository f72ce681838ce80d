import { isIP } from 'node:net';
import { z } from 'zod';

const NAMED = ['loopback', 'linklocal', 'uniquelocal'];

/**
 * The proxies whose X-Forwarded-For is believed: addresses, networks such as 10.0.0.0/8, and the names that Fastify
 * knows (loopback, linklocal, uniquelocal), separated by commas. Not a number of hops, and not everyone: either lets
 * anyone who reaches the service past its proxy claim any address.
 */
export const proxies = z.string().transform((text, context): string[] => {
  const listed = text.split(',').map((proxy) => proxy.trim());
  const wrong = listed.find((proxy) => !NAMED.includes(proxy) && !isNetwork(proxy));
  if (wrong === undefined) return listed;
  const message = `must list the proxies by address or network, such as 10.0.0.0/8, or by ${NAMED.join(', ')}`;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}
