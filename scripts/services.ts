import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A deployable under apps/: its folder is its name, its package.json says which port it takes in development. */
export interface Service {
  name: string;
  /** The environment variable that sets its port: `IDENTITY_PORT`. */
  portVariable: string;
  /** The one that sets its own database URL: `IDENTITY_DATABASE_URL`. */
  databaseVariable: string;
  /** The one that sets the password of its role: `IDENTITY_DB_PASSWORD`. */
  passwordVariable: string;
  defaultPort: number;
}

/** The services of this workspace, in the order of their default ports. */
export function listServices(root: string): Service[] {
  const apps = path.join(root, 'apps');
  return readdirSync(apps, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => readService(apps, entry.name))
    .sort((a, b) => a.defaultPort - b.defaultPort);
}

function readService(apps: string, name: string): Service {
  const file = path.join(apps, name, 'package.json');
  const port = Number(JSON.parse(readFileSync(file, 'utf8')).config?.port);
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    throw new Error(`${file} has no "config": { "port": … }, the service's port in development, from 1 to 65535.`);
  const prefix = name.toUpperCase().replaceAll('-', '_');
  return {
    name,
    portVariable: `${prefix}_PORT`,
    databaseVariable: `${prefix}_DATABASE_URL`,
    passwordVariable: `${prefix}_DB_PASSWORD`,
    defaultPort: port,
  };
}
