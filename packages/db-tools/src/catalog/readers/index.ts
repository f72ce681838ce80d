import type { Reader } from '../draft.ts';
import { aggregates } from './aggregates.ts';
import { columns } from './columns.ts';
import { constraints } from './constraints.ts';
import { dataTypes } from './data-types.ts';
import { defaultPrivileges } from './default-privileges.ts';
import { eventTriggers } from './event-triggers.ts';
import { extensions } from './extensions.ts';
import { functions } from './functions.ts';
import { indexes } from './indexes.ts';
import { others } from './others.ts';
import { policies } from './policies.ts';
import { publications } from './publications.ts';
import { rules } from './rules.ts';
import { schemas } from './schemas.ts';
import { sequences } from './sequences.ts';
import { statistics } from './statistics.ts';
import { tables } from './tables.ts';
import { triggers } from './triggers.ts';
import { views } from './views.ts';

export const readers: Reader[] = [
  schemas,
  extensions,
  tables,
  columns,
  constraints,
  indexes,
  dataTypes,
  sequences,
  views,
  functions,
  aggregates,
  triggers,
  rules,
  policies,
  statistics,
  eventTriggers,
  publications,
  defaultPrivileges,
  others,
];
