import { isIP, isIPv4 } from 'node:net';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** Who to count a request under: `create(@ClientAddress() address: string)`. See addressToCount. */
export const ClientAddress = createParamDecorator((_: unknown, context: ExecutionContext): string => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  return addressToCount(request.ip, request.socket.remoteAddress);
});

/**
 * The client's address as something to count: IPv4 whole, of IPv6 the network (/64), since whoever has one address of
 * it has them all. `forwarded` is what trusted proxies say (TRUST_PROXY) and may be any text; what is no address gives
 * way to the address of the connection.
 */
export function addressToCount(forwarded: string, connected = ''): string {
  const address = (isIP(forwarded) ? forwarded : connected).replace(/%.*$/, '');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped || isIPv4(address)) return mapped ?? address;
  return `${groupsOf(address).slice(0, 4).join(':')}::/64`;
}

/** The eight groups of an IPv6 address, without leading zeros. */
function groupsOf(address: string): string[] {
  const [head = [], tail = []] = address.split('::').map((part) => part.split(':').filter(Boolean));
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0');
  return [...head, ...zeros, ...tail].map((group) => Number.parseInt(group, 16).toString(16));
}
