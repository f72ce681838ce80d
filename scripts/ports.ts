import net from 'node:net';
import type { Service } from './services.ts';

export interface PortAssignment {
  service: Service;
  port: number;
  /** The default that it could not have, where it was moved. */
  taken?: number;
}

/**
 * A free port for each service: the one its variable names, else its default, else a free one beyond every default.
 * Throws a sentence when a port that was asked for is no port or is taken.
 */
export async function assignPorts(
  services: Service[],
  environment: Record<string, string | undefined>,
): Promise<PortAssignment[]> {
  const assigned = await portsAskedFor(services, environment);
  const given = new Set(assigned.values());
  const take = async (port: number) => {
    if (given.has(port) || !(await isFree(port)) || !(await reserve(port))) return false;
    given.add(port);
    return true;
  };
  // Every default before anyone moves, so that nobody is moved to a neighbour's.
  for (const service of services) {
    if (!assigned.has(service) && (await take(service.defaultPort))) assigned.set(service, service.defaultPort);
  }
  const last = Math.max(...services.map(({ defaultPort }) => defaultPort));
  const assignments: PortAssignment[] = [];
  for (const service of services) {
    const port = assigned.get(service);
    assignments.push(
      port === undefined
        ? { service, port: await takeBeyond(last, service, take), taken: service.defaultPort }
        : { service, port },
    );
  }
  return assignments;
}

async function portsAskedFor(
  services: Service[],
  environment: Record<string, string | undefined>,
): Promise<Map<Service, number>> {
  const asked = new Map<Service, number>();
  for (const service of services) {
    const { portVariable } = service;
    const value = environment[portVariable];
    if (value === undefined || value === '') continue;
    const port = parsePort(portVariable, value);
    if ([...asked.values()].includes(port))
      throw new Error(`${portVariable}=${port} is another service's port too. Give each its own.`);
    if (!(await isFree(port)))
      throw new Error(`Port ${port} (${portVariable}) is taken by another process. Free it or set another port.`);
    asked.set(service, port);
  }
  return asked;
}

async function takeBeyond(last: number, service: Service, take: (port: number) => Promise<boolean>): Promise<number> {
  for (let port = last + 1; port <= LAST; port++) if (await take(port)) return port;
  throw new Error(`No port beyond ${last} is free: set ${service.portVariable}.`);
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
