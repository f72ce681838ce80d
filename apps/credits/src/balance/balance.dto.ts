import { z } from 'zod';

export const balanceResponse = z
  .object({ balance: z.int().min(0).meta({ description: 'Credits', example: 2500 }) })
  .meta({ id: 'Balance' });
export type BalanceResponse = z.infer<typeof balanceResponse>;
