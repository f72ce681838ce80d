import { sql } from 'drizzle-orm';
import { type NewPackage, packages } from '../../schema/credits/index.ts';
import type { Transaction } from '../../transaction.ts';

/** Never taken out of this list: a package that is no longer sold is set to `isActive: false`. */
const PACKAGES: NewPackage[] = [
  { code: 'starter', name: 'Starter', credits: 500, isActive: true },
  { code: 'standard', name: 'Standard', credits: 2_500, isActive: true },
  { code: 'pro', name: 'Pro', credits: 10_000, isActive: true },
  { code: 'enterprise', name: 'Enterprise', credits: 100_000, isActive: true },
  { code: 'trial', name: 'Trial', credits: 50, isActive: false },
];

export async function seedPackages(tx: Transaction): Promise<number> {
  const { count } = await tx
    .insert(packages)
    .values(PACKAGES)
    .onConflictDoUpdate({
      target: packages.code,
      set: { name: sql`excluded.name`, credits: sql`excluded.credits`, isActive: sql`excluded.is_active` },
      // A row that is right already is not written again.
      setWhere: sql`(${packages.name}, ${packages.credits}, ${packages.isActive})
        is distinct from (excluded.name, excluded.credits, excluded.is_active)`,
    });
  return count;
}
