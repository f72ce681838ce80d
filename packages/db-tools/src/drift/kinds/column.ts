import type { CatalogObject } from '../../catalog/index.ts';
import { type Alteration, isEqual, type KindSql, type Lookup } from '../kind-sql.ts';
import { type SequenceOptions, sequenceOptions } from './sequence.ts';

export type Column = {
  type: string;
  collation?: string;
  notNull?: 'valid' | 'not valid';
  notNullNoInherit?: true;
  identity?: SequenceOptions & { kind: string };
  generated?: { kind: string; expression: string };
  statistics?: number;
  options?: string[];
  foreignOptions?: string[];
};

export const column: KindSql<Column> = {
  create(object, to) {
    const own = object.facts.inherited ? [] : [`ALTER TABLE ${object.on} ADD COLUMN ${columnSql(object, to)}`];
    return [...own, ...columnExtras(object)];
  },
  drop: ({ name, on, facts }) => (facts.inherited ? [] : [`ALTER TABLE ${on} DROP COLUMN ${name}`]),

  alter(before, after, { from }) {
    if (!isEqual(before.definition.generated, after.definition.generated)) return changeExpression(before, after);
    const type = before.facts.inherited ? [] : changeType(before, after, from);
    const actions = [
      ...(before.definition.identity && !after.definition.identity ? ['DROP IDENTITY'] : []),
      ...type,
      ...changeNotNull(before, after),
      ...changeIdentity(before.definition, after.definition),
    ];
    const alter = `ALTER TABLE ${after.on} ALTER COLUMN ${after.name}`;
    const statements = actions.map((action) => `${alter} ${action}`);
    const changesRest = (['statistics', 'options', 'foreignOptions'] as const).some(
      (key) => !isEqual(before.definition[key], after.definition[key]),
    );
    if (changesRest) statements.push(...resetExtras(before, after), ...columnExtras(after, { withNotNull: false }));
    if (isSpecial(after) && !isEqual(notNullOf(before), notNullOf(after))) statements.push(addNotNull(after));
    return { statements, disturbs: type.length > 0 };
  },
  // What a generated column holds can be computed again.
  isReplaceable: (before, after) =>
    before.definition.generated !== undefined || after.definition.generated !== undefined,
};

/** A column as CREATE TABLE and ADD COLUMN take it, with its default. */
export function columnSql({ id, name, definition }: CatalogObject<Column>, to: Lookup): string {
  const { type, collation, notNull, notNullNoInherit, identity, generated } = definition;
  const value = to.children(id).find(({ kind }) => kind === 'default')?.definition.expression;
  const parts = [
    `${name} ${type}`,
    collation && `COLLATE ${collation}`,
    generated && `GENERATED ALWAYS AS (${generated.expression}) ${generated.kind}`,
    identity && `GENERATED ${identity.kind} AS IDENTITY (${sequenceOptions(identity)})`,
    value !== undefined && `DEFAULT ${value}`,
    notNull === 'valid' && `NOT NULL${notNullNoInherit ? ' NO INHERIT' : ''}`,
  ];
  return parts.filter(Boolean).join(' ');
}

/** What has to be said about a column once it is there. */
export function columnExtras(object: CatalogObject<Column>, { withNotNull = true } = {}): string[] {
  const { name, on, definition } = object;
  const alter = `ALTER TABLE ONLY ${on} ALTER COLUMN ${name}`;
  return [
    ...(withNotNull && definition.notNull === 'not valid' ? [addNotNull(object)] : []),
    ...(definition.statistics === undefined ? [] : [`${alter} SET STATISTICS ${definition.statistics}`]),
    ...(definition.options === undefined ? [] : [`${alter} SET (${definition.options.join(', ')})`]),
    ...(definition.foreignOptions === undefined
      ? []
      : [`-- the options of the foreign column ${on}.${name} should be ${JSON.stringify(definition.foreignOptions)}`]),
  ];
}

function resetExtras(
  { name, on, definition: before }: CatalogObject<Column>,
  { definition: after }: CatalogObject<Column>,
): string[] {
  const alter = `ALTER TABLE ONLY ${on} ALTER COLUMN ${name}`;
  const gone = before.options?.map((option) => option.split('=')[0]) ?? [];
  return [
    ...(before.statistics !== undefined && after.statistics === undefined ? [`${alter} SET STATISTICS -1`] : []),
    ...(gone.length > 0 ? [`${alter} RESET (${gone.join(', ')})`] : []),
  ];
}

function notNullOf({ definition: { notNull, notNullNoInherit } }: CatalogObject<Column>) {
  return { notNull, notNullNoInherit };
}

/** What SET NOT NULL cannot say. */
function isSpecial({ definition }: CatalogObject<Column>): boolean {
  return definition.notNull === 'not valid' || definition.notNullNoInherit === true;
}

function addNotNull({ name, on, facts, definition }: CatalogObject<Column>): string {
  const rest = `${definition.notNullNoInherit ? ' NO INHERIT' : ''}${definition.notNull === 'not valid' ? ' NOT VALID' : ''}`;
  return `ALTER TABLE ${on} ADD CONSTRAINT ${facts.notNullName} NOT NULL ${name}${rest}`;
}

/**
 * Undefined (drop it and add it) unless the server can keep the column: an expression goes, or PostgreSQL 17 replaces
 * it.
 */
function changeExpression(before: CatalogObject<Column>, after: CatalogObject<Column>): Alteration | undefined {
  const rest = ({ generated, ...others }: Column) => others;
  if (!isEqual(rest(before.definition), rest(after.definition))) return undefined;
  if (before.definition.generated?.kind !== 'STORED' || after.definition.generated) return undefined;
  return { statements: [`ALTER TABLE ${after.on} ALTER COLUMN ${after.name} DROP EXPRESSION`] };
}

function changeType(
  before: CatalogObject<Column>,
  { name, definition: after }: CatalogObject<Column>,
  from: Lookup,
): string[] {
  const { type, collation, generated } = before.definition;
  if (type === after.type && collation === after.collation) return [];
  const collate = after.collation ? ` COLLATE ${after.collation}` : '';
  if (generated) return [`SET DATA TYPE ${after.type}${collate}`];
  // There is no cast from one enum to another.
  const via = from.get(`enum ${type.replace(/\[\]$/, '')}`) ? '::text'.concat(type.endsWith('[]') ? '[]' : '') : '';
  return [`SET DATA TYPE ${after.type}${collate} USING ${name}${via}::${after.type}`];
}

function changeNotNull(before: CatalogObject<Column>, after: CatalogObject<Column>): string[] {
  if (isEqual(notNullOf(before), notNullOf(after))) return [];
  const mustGo =
    before.definition.notNull && (!after.definition.notNull || isSpecial(after) || before.definition.notNullNoInherit);
  return [
    ...(mustGo ? ['DROP NOT NULL'] : []),
    ...(after.definition.notNull && !isSpecial(after) ? ['SET NOT NULL'] : []),
  ];
}

function changeIdentity({ identity: before }: Column, { identity: after }: Column): string[] {
  if (!after || isEqual(before, after)) return [];
  if (!before) return [`ADD GENERATED ${after.kind} AS IDENTITY (${sequenceOptions(after)})`];
  const options = sequenceOptions(after).replace(
    /(^| )(INCREMENT|MINVALUE|MAXVALUE|START|CACHE|NO CYCLE|(?<!NO )CYCLE)/g,
    ' SET $2',
  );
  return [`SET GENERATED ${after.kind}${options}`];
}
