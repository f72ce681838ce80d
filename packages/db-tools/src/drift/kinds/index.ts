import type { Kind } from '../../catalog/index.ts';
import type { KindSql } from '../kind-sql.ts';
import { aggregate } from './aggregate.ts';
import { column } from './column.ts';
import { comment } from './comment.ts';
import { compositeType } from './composite-type.ts';
import { constraint } from './constraint.ts';
import { columnDefault } from './default.ts';
import { defaultPrivileges } from './default-privileges.ts';
import { domain } from './domain.ts';
import { enumeration } from './enum.ts';
import { eventTrigger } from './event-trigger.ts';
import { extension } from './extension.ts';
import { routine } from './function.ts';
import { grants } from './grants.ts';
import { index } from './index-sql.ts';
import { other } from './other.ts';
import { owner } from './owner.ts';
import { policy } from './policy.ts';
import { publication } from './publication.ts';
import { rangeType } from './range-type.ts';
import { replicaIdentity } from './replica-identity.ts';
import { rule } from './rule.ts';
import { schema } from './schema.ts';
import { sequence } from './sequence.ts';
import { sequenceOwner } from './sequence-owner.ts';
import { statistics } from './statistics.ts';
import { table } from './table.ts';
import { trigger } from './trigger.ts';
import { materializedView, view, viewColumn } from './view.ts';

/** Each knows the definitions of its own kind only, as its reader writes them. */
export const kinds = {
  aggregate,
  column,
  comment,
  'composite type': compositeType,
  constraint,
  default: columnDefault,
  'default privileges': defaultPrivileges,
  domain,
  enum: enumeration,
  'event trigger': eventTrigger,
  extension,
  function: routine,
  grants,
  index,
  'materialized view': materializedView,
  other,
  owner,
  policy,
  publication,
  'range type': rangeType,
  'replica identity': replicaIdentity,
  rule,
  schema,
  sequence,
  'sequence owner': sequenceOwner,
  statistics,
  table,
  trigger,
  view,
  'view column': viewColumn,
} as unknown as Record<Kind, KindSql>;
