import type { Package } from '@org/db/schema/credits';
import { pageOf } from '@org/service';
import { z } from 'zod';

const packageResponse = z
  .object({
    id: z.uuid(),
    code: z.string().meta({ example: 'starter' }),
    name: z.string(),
    credits: z.int().min(1),
  })
  .meta({ id: 'Package' });
export type PackageResponse = z.infer<typeof packageResponse>;

export const packagePage = pageOf(packageResponse, 'PackagePage');

export function toPackage(row: Package): PackageResponse {
  return { id: row.id, code: row.code, name: row.name, credits: row.credits };
}
