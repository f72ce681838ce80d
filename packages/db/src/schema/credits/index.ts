export { type Balance, balances, type NewBalance } from './balances.ts';
export { type NewPackage, type Package, packages } from './packages.ts';
export { creditsRateLimits } from './rate-limits.ts';
export { creditsSchema } from './schema.ts';
export {
  type CreditTransaction,
  type NewCreditTransaction,
  type TransactionType,
  transactions,
  transactionsRelations,
  transactionType,
} from './transactions.ts';
