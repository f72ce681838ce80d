import type { Verb } from './verb.ts';

interface VerbEntry {
  summary: string;
  load: () => Promise<{ verb: Verb<never> }>;
}

/** Every verb, in the order of --help. Loaded one at a time, so that `db status` does not pay for `db generate`. */
export const verbs: Record<string, VerbEntry> = {
  start: { summary: 'start the local PostgreSQL of this clone', load: () => import('../commands/start.ts') },
  stop: { summary: 'stop the local PostgreSQL of this clone', load: () => import('../commands/stop.ts') },
  url: { summary: 'print the connection URL, without its password', load: () => import('../commands/url.ts') },
  create: { summary: 'create the database if it does not exist', load: () => import('../commands/create.ts') },
  drop: { summary: 'drop the database', load: () => import('../commands/drop.ts') },
  prepare: {
    summary: 'create if missing, migrate, seed if just created',
    load: () => import('../commands/prepare.ts'),
  },
  generate: { summary: 'write the migration from the schema', load: () => import('../commands/generate.ts') },
  migrate: { summary: 'apply what is pending', load: () => import('../commands/migrate.ts') },
  plan: {
    summary: 'the statements to come: transaction, lock, table size, rewrite, hazards',
    load: () => import('../commands/plan.ts'),
  },
  status: { summary: 'which migrations are applied', load: () => import('../commands/status.ts') },
  repair: { summary: 'settle a history that needs a human decision', load: () => import('../commands/repair.ts') },
  unlock: { summary: 'who holds the migration lock', load: () => import('../commands/unlock.ts') },
  roles: { summary: 'create the roles and rights that access declares', load: () => import('../commands/roles.ts') },
  check: {
    summary: 'the gate of CI: files, snapshots, schema and database agree, new files pass the lint',
    load: () => import('../commands/check.ts'),
  },
  diagram: {
    summary: 'draw the schema by domain, as a picture and a page',
    load: () => import('../commands/diagram.ts'),
  },
  doctor: {
    summary: 'what is wrong between this clone and its database, and how to mend it',
    load: () => import('../commands/doctor.ts'),
  },
  lint: {
    summary: 'what is dangerous in migrations, and what to write instead',
    load: () => import('../commands/lint.ts'),
  },
  drift: {
    summary: 'what of a database its migrations do not make',
    load: () => import('../commands/drift.ts'),
  },
  revert: { summary: 'undo the last migrations', load: () => import('../commands/revert.ts') },
  'test-down': {
    summary: 'prove that down files lead back',
    load: () => import('../commands/test-down.ts'),
  },
  rebase: {
    summary: 'after a merge: put my unmerged migrations after theirs',
    load: () => import('../commands/rebase.ts'),
  },
  baseline: {
    summary: 'take over a database that exists: mark what it has as applied',
    load: () => import('../commands/baseline.ts'),
  },
  push: { summary: 'change a local database to the schema directly', load: () => import('../commands/push.ts') },
  seed: { summary: 'run one seed, or every seed allowed here', load: () => import('../commands/seed.ts') },
  reset: { summary: 'drop, create, migrate, seed', load: () => import('../commands/reset.ts') },
  backup: { summary: 'write a backup, or verify one', load: () => import('../commands/backup.ts') },
  restore: { summary: 'put a backup in the place of a database', load: () => import('../commands/restore.ts') },
  studio: { summary: 'browse the local database', load: () => import('../commands/studio.ts') },
};
