import { Module } from '@nestjs/common';
import { BalanceModule } from './balance/balance.module.ts';
import { PackagesModule } from './packages/packages.module.ts';
import { TransactionsModule } from './transactions/transactions.module.ts';

@Module({ imports: [BalanceModule, TransactionsModule, PackagesModule] })
export class AppModule {}
