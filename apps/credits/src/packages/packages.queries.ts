import { and, type Database, desc, eq } from '@org/db';
import { type Package, packages } from '@org/db/schema/credits';
import { after, type Position } from '@org/service';

export async function listActivePackages(db: Database, limit: number, position?: Position): Promise<Package[]> {
  return db
    .select()
    .from(packages)
    .where(and(eq(packages.isActive, true), after(packages.createdAt, packages.id, position)))
    .orderBy(desc(packages.createdAt), desc(packages.id))
    .limit(limit);
}

export async function countActivePackages(db: Database, limit: number): Promise<number> {
  return db.$count(
    db.select({ id: packages.id }).from(packages).where(eq(packages.isActive, true)).limit(limit).as('active'),
  );
}
