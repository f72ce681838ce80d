import type { Pair } from '../pair.ts';
import { access } from './access.ts';
import { columns } from './columns.ts';
import { comments } from './comments.ts';
import { constraints } from './constraints.ts';
import { defaults } from './defaults.ts';
import { extensions } from './extensions.ts';
import { functions } from './functions.ts';
import { indexes } from './indexes.ts';
import { partitions } from './partitions.ts';
import { sequences } from './sequences.ts';
import { tables } from './tables.ts';
import { types } from './types.ts';
import { views } from './views.ts';

export const corpus: Record<string, Pair[]> = {
  tables,
  columns,
  defaults,
  constraints,
  indexes,
  types,
  sequences,
  views,
  functions,
  access,
  comments,
  partitions,
  extensions,
};
