import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { verbs } from '../../src/command-line/verbs.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'schemas');

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true, strictTypes: false, strictRequired: false });
for (const file of readdirSync(FOLDER)) ajv.addSchema(JSON.parse(readFileSync(join(FOLDER, file), 'utf8')), file);

/** The verbs whose --json has a schema. */
export function describedVerbs(): string[] {
  return readdirSync(FOLDER)
    .map((file) => basename(file, '.json'))
    .filter((name) => name !== 'common');
}

/**
 * What of an output is not as the schema of its verb says; a verb without a schema is left to the test that names it.
 */
export function findViolations(args: string[], output: unknown): string[] {
  if (args.includes('--help') || args.includes('--version')) return [];
  const verb = args.find((arg) => Object.hasOwn(verbs, arg));
  const validate = ajv.getSchema(verb === undefined ? 'common.json#/$defs/failure' : `${verb}.json`);
  if (!validate || validate(output)) return [];
  return (validate.errors ?? []).map(({ instancePath, message, params }) =>
    `${instancePath} ${message} ${JSON.stringify(params)}`.trim(),
  );
}
