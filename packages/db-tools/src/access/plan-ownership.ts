import { quoteIdentifier } from '../migrator/quote.ts';
import type { AccessState, ObjectState, Scope } from './read-state.ts';

/**
 * The statements that give what is there to the owner: the database, so that migrate can keep its rights, and all that
 * is in our schemas.
 */
export function planOwnership({ names }: Scope, state: AccessState, { withDatabase = true } = {}): string[] {
  const objects = withDatabase ? [state.database, ...state.objects] : state.objects;
  return objects
    .filter((object) => isForeign(object, names.owner))
    .map(({ kind, sql }) => `alter ${kind} ${sql} owner to ${quoteIdentifier(names.owner)}`);
}

/** What in our schemas does not belong to the owner, and so lacks the owner's rights and default privileges. */
export function findForeign({ names }: Scope, { objects }: AccessState): ObjectState[] {
  return objects.filter((object) => isForeign(object, names.owner));
}

/** The state after the change of ownership, from which the same run plans the grants. */
export function asOwned({ names }: Scope, state: AccessState, { withDatabase = true } = {}): AccessState {
  const give = (object: ObjectState): ObjectState =>
    isForeign(object, names.owner) ? { ...object, owner: names.owner, isOurs: true } : { ...object, isOurs: true };
  const database = withDatabase ? give(state.database) : state.database;
  return { ...state, database, objects: state.objects.map(give), user: { ...state.user, actsAsOwner: true } };
}

/**
 * The schema public belongs to pg_database_owner, which stands for the database's owner; an attached sequence follows
 * its table.
 */
function isForeign(object: ObjectState, owner: string): boolean {
  return object.owner !== owner && !object.isAttached && !(object.kind === 'schema' && object.name === 'public');
}
