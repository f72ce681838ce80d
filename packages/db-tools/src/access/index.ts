export { actAsOwner, asRole } from './act-as-owner.ts';
export { createRoles, planAccess, type RolesOptions } from './create-roles.ts';
export type { Access, Columns, DomainAccess, Limits } from './declaration.ts';
export { findRoles } from './find-roles.ts';
export { grantDatabase } from './grant-database.ts';
export { reconcileGrants } from './reconcile.ts';
export { roleNames } from './role-names.ts';
