import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { ownHelp } from '../../../packages/db-tools/src/command-line/usage.ts';
import type { Verb } from '../../../packages/db-tools/src/command-line/verb.ts';
import { verbs } from '../../../packages/db-tools/src/command-line/verbs.ts';
import { listServices } from '../../services.ts';
import { ROOT, readPages } from './pages.ts';

/** Of pnpm itself. */
const PNPM = [
  'install',
  'add',
  'exec',
  'store',
  'dedupe',
  'audit',
  'dlx',
  'why',
  'approve-builds',
  'help',
  'publish',
  'pack',
  'login',
  'sbom',
];
/** Names of things that a reader is told to make, or that other programs read. */
const EXAMPLES =
  /(^|[/_.-])(orders?|invoices?|shop|notes?|comments?|checksum|your-\w+|my-\w+|pulled)([/_.-]|$)|[<>…*{}$]|NNNN|path\/to/i;
const FOREIGN_VARIABLES =
  /^(PG[A-Z_]+|KEY_HERE|NODE_AUTH_TOKEN|NPM_TOKEN|GITHUB_[A-Z_]+|POSTGRES_[A-Z_]+|NODE_OPTIONS)$/;

/** What a variable of one service begins with, be it the one that the guides add. */
const prefixes = ['ORDERS_', ...listServices(ROOT).map(({ portVariable }) => portVariable.replace(/PORT$/, ''))];
const PREFIX = new RegExp(`^(${prefixes.join('|')})`);

const pages = readPages();
const scripts = Object.keys(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).scripts);
const each = pages.map((page) => ({ ...page, page }));

test.each(each)('every link of $path leads somewhere', ({ path, links }) => {
  const broken = links.filter((link) => {
    if (/^(https?|mailto):/.test(link)) return false;
    const [file, anchor] = link.split('#') as [string, string?];
    const target = file ? normalize(join(dirname(path), file)) : path;
    if (!existsSync(join(ROOT, target))) return true;
    return anchor !== undefined && !pages.find((page) => page.path === target)?.anchors.has(anchor);
  });
  expect(broken).toEqual([]);
});

test.each(each)('every command of $path is one', async ({ spans, commands }) => {
  const flags = await readFlags();
  const wrong = [...spans, ...commands].flatMap((code) => findWrong(code, flags));
  expect(wrong).toEqual([]);
});

test.each(each)('every variable of $path is read by something', ({ spans, commands }) => {
  const named = [...spans, ...commands].flatMap((code) => [
    ...code.matchAll(/(?<![\w"$./-])([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?==|$| *$)/g),
  ]);
  const unknown = named.map(([, name]) => name!).filter((name) => !isKnownVariable(name));
  expect(unknown).toEqual([]);
});

test.each(each)('every file that $path names is there', ({ path, spans, made }) => {
  const missing = spans.filter((span) => {
    if (made.includes(span)) return false;
    if (!/^[\w.@-]+(\/[\w.@ -]+)*\/?$/.test(span) || EXAMPLES.test(span)) return false;
    const isPath =
      /^(apps|packages|docs|scripts|docker|\.github|\.changeset|\.ci)\//.test(span) ||
      /\w\/[\w./-]+\.(ts|md|json|sql|ya?ml)$/.test(span);
    if (!isPath || /^(apps|packages)\/\w+\/dist/.test(span)) return false;
    const places = [
      ROOT,
      join(ROOT, dirname(path)),
      join(ROOT, 'packages/db'),
      join(ROOT, 'packages/db-tools'),
      join(ROOT, 'packages/service'),
      join(ROOT, 'apps/identity'),
    ];
    return !places.some((place) => existsSync(join(place, span)));
  });
  expect(missing).toEqual([]);
});

test('every guide, reference and decision is in an index', () => {
  const index = (path: string) =>
    pages.find((page) => page.path === path)!.links.map((link) => normalize(join(dirname(path), link)));
  const listed = new Set([...index('docs/README.md'), ...index('docs/decisions/README.md')]);
  const lost = pages.map(({ path }) => path).filter((path) => path.startsWith('docs/') && !listed.has(path));
  expect(lost.filter((path) => path !== 'docs/README.md')).toEqual([]);
});

test('docs/reference/environment.md has every variable of the services and of the database connection', () => {
  const files = ['packages/service/src/config/base-config.ts', ...globSync('apps/*/src/config.ts', { cwd: ROOT })];
  const read = files.flatMap((file) => [...readFileSync(join(ROOT, file), 'utf8').matchAll(/^ {2}([A-Z][A-Z_]+):/gm)]);
  const example = readFileSync(join(ROOT, '.env.example'), 'utf8').matchAll(/^#?([A-Z][A-Z_]+)=/gm);
  const names = [...read, ...example].map(([, name]) => name!).filter((name) => !PREFIX.test(name));
  const { spans } = pages.find(({ path }) => path === 'docs/reference/environment.md')!;
  expect([...new Set(names)].filter((name) => !spans.includes(name))).toEqual([]);
});

test('the headings of docs/guides/troubleshooting.md are messages that are shown', () => {
  const { text } = pages.find(({ path }) => path === 'docs/guides/troubleshooting.md')!;
  // Those of PostgreSQL begin with a small letter.
  const headings = [...text.matchAll(/^## ([A-Z].*)$/gm)].map(([, heading]) => heading!);
  const source = globSync('packages/{db,db-tools}/src/**/*.ts', { cwd: ROOT })
    .map((file) => readFileSync(join(ROOT, file), 'utf8'))
    .join();
  const parts = headings.flatMap((heading) => heading.split(/…|[\d.]+:\d+/).map((part) => part.trim()));
  expect(headings.length).toBeGreaterThan(5);
  expect(parts.filter((part) => !source.includes(part))).toEqual([]);
});

test('the checks above find what is wrong', async () => {
  const flags = await readFlags();
  const of = (code: string) => findWrong(code, flags);
  expect(of('pnpm db migrate --dry-run && pnpm verify')).toEqual([]);
  expect(of('pnpm db:migrate')).toEqual([]);
  expect(of('pnpm db migrat')).toEqual(['db migrat']);
  expect(of('pnpm db migrate --dryrun')).toEqual(['db migrate --dryrun']);
  expect(of('npx -y pnpm@12 tset')).toEqual(['pnpm tset']);
  expect(isKnownVariable('DB_POOL_MAX')).toBe(true);
  expect(isKnownVariable('IDENTITY_DB_POOL_MAX')).toBe(true);
  expect(isKnownVariable('DB_POOL_MAXIMUM')).toBe(false);
  expect(isKnownVariable('ORDERS_PORT')).toBe(true);
  expect(isKnownVariable('NOBODYS_PORT')).toBe(false);
});

/** What of a line to type is no script, no verb, or no flag of its verb. */
function findWrong(code: string, flags: Map<string, string[]>): string[] {
  const simple = code.replace(/ #.*$/, '').split(/&&|\|\||[;|()]|\$\(/);
  return simple.flatMap((part) => {
    const words = part
      .trim()
      .split(/\s+/)
      .map((word) => word.replace(/^["']|["',.:]+$/g, ''));
    while (/^[A-Z_]+=/.test(words[0] ?? '')) words.shift();
    if (words[0] === 'npx' && words[1] === '-y') words.splice(0, 2);
    if (words[0] === 'npx' && words[1] === 'db') words.shift();
    if (/^db /.test(part.trim()) || (words[0] === 'db' && /\bnpx\b/.test(part)))
      return wrongVerb(words.slice(1), flags);
    if (!/^pnpm(@\d+)?$/.test(words[0] ?? '')) return [];
    while (words[1]?.startsWith('-')) words.splice(1, words[1] === '--filter' || words[1] === '-F' ? 2 : 1);
    if (words[1] === 'run') words.splice(1, 1);
    const [, name, ...rest] = words;
    if (name === undefined || EXAMPLES.test(name) || PNPM.includes(name)) return [];
    if (name === 'db') return wrongVerb(rest, flags);
    if (name === 'vitest' || name === 'changeset' || name === 'prepack') return [];
    if (!scripts.includes(name)) return [`pnpm ${name}`];
    return name.startsWith('db:') ? wrongVerb([name.slice(3), ...rest], flags) : [];
  });
}

function wrongVerb([verb, ...rest]: string[], flags: Map<string, string[]>): string[] {
  if (verb === undefined || verb.startsWith('-') || EXAMPLES.test(verb)) return [];
  const known = flags.get(verb);
  if (!known) return [`db ${verb}`];
  const given = rest.filter((word) => word.startsWith('--')).map((word) => word.replace(/=.*$/, ''));
  return given.filter((flag) => flag !== '--' && !known.includes(flag)).map((flag) => `db ${verb} ${flag}`);
}

/** By verb, from the command line's own help. */
async function readFlags(): Promise<Map<string, string[]>> {
  const entries = Object.entries(verbs).map(async ([name, { load }]) => {
    const help = ownHelp(name, (await load()).verb as Verb);
    const own = [...help.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, flag]) => flag!);
    return [name, [...own, '--json', '--yes', '--quiet', '--url', '--config', '--help']] as [string, string[]];
  });
  return new Map(await Promise.all(entries));
}

let sources: Set<string> | undefined;

function isKnownVariable(name: string): boolean {
  sources ??= readNames();
  const bare = name.replace(/_FILE$/, '').replace(PREFIX, '');
  // X stands for any of them.
  return FOREIGN_VARIABLES.test(name) || sources.has(name) || sources.has(bare) || /^(HOST|PORT|X)$/.test(bare);
}

/** Every word in capitals of the code, the settings of containers and the workflows. */
function readNames(): Set<string> {
  const patterns = [
    '{packages,apps}/*/src/**/*.ts',
    'scripts/**',
    'docker/**',
    '.github/**',
    '.ci/*',
    '.env.example',
    'packages/db-tools/test/**/*.ts',
  ];
  const files = patterns.flatMap((pattern) =>
    globSync(pattern, { cwd: ROOT, exclude: ['**/node_modules/**', '**/docs.test.ts'] }),
  );
  const names = new Set<string>();
  for (const file of files) {
    if (!/\.\w+$|\/\w+$|^\.env/.test(file)) continue;
    let text: string;
    try {
      text = readFileSync(join(ROOT, file), 'utf8');
    } catch {
      continue;
    }
    for (const [name] of text.matchAll(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g)) names.add(name);
  }
  return names;
}
