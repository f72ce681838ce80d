import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { shellPath } from '../command-line/shell-path.ts';
import type { Verb } from '../command-line/verb.ts';
import { DbError, EXIT } from '../errors.ts';

interface Options {
  check?: boolean;
  page?: string;
  svg?: string;
}

export const verb: Verb<Options> = {
  examples: ['pnpm db diagram --check'],

  configure: (command) =>
    command
      .option('--check', 'write nothing, exit 3 when the files are stale')
      .option('--page <file>', 'where the Mermaid diagrams go (docs/reference/schema.md)')
      .option('--svg <file>', 'where the picture goes (docs/assets/schema.svg)')
      .addHelpText('after', '\nDraws the newest snapshot of the migrations; needs no database.'),

  async run({ options, output, config }) {
    const { migrations, root } = await config();
    const place = (given: string | undefined, usual: string) => (given ? resolve(given) : join(root, usual));
    const page = place(options.page, 'docs/reference/schema.md');
    const svg = place(options.svg, 'docs/assets/schema.svg');
    const { readMigrationFolder } = await import('../generate/migration-folder.ts');
    const { readModel } = await import('../diagram/model.ts');
    const { writePage } = await import('../diagram/page.ts');
    const { drawSvg } = await import('../diagram/svg.ts');
    const model = readModel(readMigrationFolder(migrations).last);
    if (model.domains.length === 0) {
      throw new DbError('no_tables', `The migrations in ${migrations} make no table.`, { hint: 'pnpm db generate' });
    }
    const contents = new Map([
      [svg, drawSvg(model)],
      [page, writePage(model, relative(dirname(page), svg).split(sep).join('/'))],
    ]);
    const stale = [...contents].filter(([file, text]) => !existsSync(file) || readFileSync(file, 'utf8') !== text);
    const files = stale.map(([file]) => relative(root, file));
    if (options.check && files.length > 0) {
      throw new DbError(
        'diagram_stale',
        `${files.join(' and ')} ${files.length === 1 ? 'shows' : 'show'} an older schema.`,
        {
          exit: EXIT.check,
          hint: 'pnpm db diagram',
          details: { files },
        },
      );
    }
    for (const [file, text] of stale) write(file, text);
    output.say(files.length > 0 ? `Wrote ${files.join(' and ')}.` : 'The diagrams show the newest schema.');
    return { files };
  },
};

function write(file: string, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  } catch (cause) {
    throw new DbError('write_failed', `${file} cannot be written: ${(cause as Error).message}.`, {
      hint: `ls -ld ${shellPath(dirname(file))}`,
      cause,
    });
  }
}
