import { Module } from '@nestjs/common';
import { TransactionsController } from './transactions.controller.ts';
import { TransactionsService } from './transactions.service.ts';

@Module({ controllers: [TransactionsController], providers: [TransactionsService] })
export class TransactionsModule {}
