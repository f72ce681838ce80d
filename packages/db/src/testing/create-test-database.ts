import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cloneDatabase } from '@org/db-tools/testing';
import { access } from '../access.ts';
import { type ConnectedDatabase, openDatabase } from '../connection.ts';
import { migrate, migrationsDirectory } from '../migrate.ts';
import { createTestRoles, grantClone, roleUrl } from './test-roles.ts';

type Domain = keyof typeof access.domains;

const domains = Object.keys(access.domains) as Domain[];

export interface TestDatabase extends AsyncDisposable {
  /** Connected with every right: for factories, and for looking at what is there. */
  db: ConnectedDatabase;
  url: string;
  /** The same database with the rights of a domain's service and no more: what the code under test is given. */
  as(domain: Domain): ConnectedDatabase;
  /** The URL of `as(domain)`; the same as `url` on a test server whose user may create no roles. */
  urlAs(domain: Domain): string;
  /** `IDENTITY_DATABASE_URL` and its like: as `pnpm dev` tells each service its own role. */
  env: Record<string, string>;
  /** Ends the connections and drops the database, even while others are connected to it. */
  close(): Promise<void>;
}

/**
 * An empty database with every migration applied, which no other test sees: in `beforeAll`, and `close()` in
 * `afterAll`. A copy of a template that the first test of a run makes.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const serverUrl = process.env.TEST_DATABASE_URL;
  if (!serverUrl) {
    throw new Error('TEST_DATABASE_URL is not set: run tests with `pnpm test`, which starts a server for them.');
  }
  const clone = await cloneDatabase({ serverUrl, key: hashTemplate(), prepare: makeTemplate });
  const db = openDatabase(clone.url, { max: 5, applicationName: 'test' });
  const hasRoles = await grantClone(db.$client);
  const handles = new Map<string, ConnectedDatabase>();
  const urlAs = (domain: Domain) => (hasRoles ? roleUrl(clone.url, domain) : clone.url);
  const open = (domain: Domain) => openDatabase(urlAs(domain), { max: 5, applicationName: `test ${domain}` });
  const close = async () => {
    await Promise.all([db, ...handles.values()].map((handle) => handle.$client.end()));
    await clone.drop();
  };
  return {
    db,
    url: clone.url,
    as: (domain) => {
      const handle = handles.get(domain) ?? open(domain);
      handles.set(domain, handle);
      return handle;
    },
    urlAs,
    env: Object.fromEntries(domains.map((domain) => [`${domain.toUpperCase()}_DATABASE_URL`, urlAs(domain)])),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function makeTemplate(url: string): Promise<void> {
  await migrate({ url, rolePrefix: await createTestRoles(url) });
}

/** What a template depends on. */
function hashTemplate(): string {
  const directory = migrationsDirectory();
  const hash = createHash('sha256').update(JSON.stringify(access));
  const files = readdirSync(directory).filter((name) => name.endsWith('.sql') && !name.endsWith('.down.sql'));
  for (const file of [...files.sort(), 'meta/_journal.json']) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(directory, file)))
      .update('\0');
  }
  return hash.digest('hex');
}
