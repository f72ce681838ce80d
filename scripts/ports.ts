import net from 'node:net';
import type { Service } from './services.ts';

export interface PortAssignment {
  service: Service;
  port: number;
}

/**
 * A free port for each service: the one its variable names, else its default, else the next free one after that.
 * Throws a sentence when a port that was asked for is no port or is taken.
 */
export async function assignPorts(
  services: Service[],
  environment: Record<string, string | undefined>,
): Promise<PortAssignment[]> {
  const asked = new Map<Service, number>();
  for (const service of services) {
    const value = environment[service.portVariable];
    if (value !== undefined && value !== '') asked.set(service, parsePort(service.portVariable, value));
  }
  const given = new Set<number>();
  for (const [service, port] of asked) {
    if (given.has(port))
      throw new Error(`${service.portVariable}=${port} is another service's port too. Give each its own.`);
    if (!(await isFree(port))) {
      throw new Error(
        `Port ${port} (${service.portVariable}) is taken by another process. Free it or set another port.`,
      );
    }
    given.add(port);
  }
  const assignments: PortAssignment[] = [];
  for (const service of services) {
    let port = asked.get(service) ?? service.defaultPort;
    while (!asked.has(service) && (given.has(port) || !(await isFree(port)) || !(await reserve(port)))) {
      if (++port > LAST)
        throw new Error(`No port from ${service.defaultPort} on is free: set ${service.portVariable}.`);
    }
    given.add(port);
    assignments.push({ service, port });
  }
  return assignments;
}

const LAST = 65_535;

function parsePort(variable: string, value: string): number {
  const port = Number(value);
  if (!/^\d+$/.test(value) || port < 1 || port > LAST) {
    throw new Error(`${variable}=${value} is not a port: give a number from 1 to ${LAST}.`);
  }
  return port;
}

/**
 * Keeps another `pnpm dev` that starts at the same moment from choosing the same port: a service listens only seconds
 * after its port was chosen. The reservation is a socket on port + 20,000, or - 20,000 where there is none, so the
 * kernel ends it with this process.
 */
function reserve(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const reservation = net.createServer((socket) => socket.destroy());
    reservation.once('error', () => resolve(false));
    reservation.listen(port + (port > LAST - 20_000 ? -20_000 : 20_000), '127.0.0.1', () => resolve(true)).unref();
  });
}

/** Whether nothing listens on the port on loopback, nor on every address. */
export async function isFree(port: number): Promise<boolean> {
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, '0.0.0.0'));
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
