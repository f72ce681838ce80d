import { Module } from '@nestjs/common';
import { PostingLimit } from './posting-limit.ts';
import { TransactionsController } from './transactions.controller.ts';
import { TransactionsService } from './transactions.service.ts';

@Module({ controllers: [TransactionsController], providers: [TransactionsService, PostingLimit] })
export class TransactionsModule {}
