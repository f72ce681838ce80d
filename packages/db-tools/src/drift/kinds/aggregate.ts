import { quoteLiteral } from '../../migrator/quote.ts';
import type { KindSql } from '../kind-sql.ts';

type Aggregate = {
  name: string;
  arguments: string;
  kind: string;
  options: { [option: string]: string | number | true };
  finalModify?: string;
  movingFinalModify?: string;
  parallel: string;
};

const TEXTS = ['INITCOND', 'MINITCOND'];

export const aggregate: KindSql<Aggregate> = {
  create({ definition: { name, arguments: parameters, kind, options, finalModify, movingFinalModify, parallel } }) {
    const written = Object.entries(options).map(([option, value]) => {
      if (value === true) return option;
      return `${option} = ${TEXTS.includes(option) ? quoteLiteral(String(value)).trim() : value}`;
    });
    if (finalModify) written.push(`FINALFUNC_MODIFY = ${finalModify}`);
    if (movingFinalModify) written.push(`MFINALFUNC_MODIFY = ${movingFinalModify}`);
    if (kind === 'h') written.push('HYPOTHETICAL');
    written.push(`PARALLEL = ${parallel}`);
    return [`CREATE AGGREGATE ${name}(${parameters}) (${written.join(', ')})`];
  },
  drop: ({ facts: { target } }) => [`DROP ${target}`],
};
