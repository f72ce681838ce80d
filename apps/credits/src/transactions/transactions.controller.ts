import { Body, Controller, Get, Post, Query, Res } from '@nestjs/common';
import {
  ApiProblems,
  CurrentUser,
  IdempotencyKey,
  type ListQuery,
  listQuery,
  markReplayed,
  NeedsIdempotencyKey,
  type Page,
  Returns,
} from '@org/service';
import type { FastifyReply } from 'fastify';
import {
  type CreateTransactionBody,
  createTransactionBody,
  type TransactionResponse,
  toTransaction,
  transactionPage,
  transactionResponse,
} from './transactions.dto.ts';
import { TransactionsService } from './transactions.service.ts';

@Controller('v1/transactions')
export class TransactionsController {
  constructor(private readonly transactions: TransactionsService) {}

  @Get()
  @Returns(transactionPage)
  @ApiProblems('invalid', 'invalid_cursor')
  list(
    @CurrentUser() user: CurrentUser,
    @Query({ schema: listQuery }) query: ListQuery,
  ): Promise<Page<TransactionResponse>> {
    return this.transactions.list(user.id, query);
  }

  @Post()
  @NeedsIdempotencyKey()
  @Returns(transactionResponse, {
    status: 201,
    description: 'Posted now, or earlier with this key: then with the header `Idempotent-Replayed: true`',
  })
  @ApiProblems(
    'invalid',
    'idempotency_key_required',
    'idempotency_key_invalid',
    'forbidden',
    'user_not_found',
    'usage_not_found',
    'insufficient_credits',
    'balance_limit',
    'refund_exceeds',
    'idempotency_key_in_use',
    'idempotency_key_reused',
  )
  async create(
    @CurrentUser() user: CurrentUser,
    @IdempotencyKey() key: string,
    @Body({ schema: createTransactionBody }) body: CreateTransactionBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TransactionResponse> {
    const { transaction, isReplayed } = await this.transactions.create(user, key, body);
    if (isReplayed) markReplayed(reply);
    return toTransaction(transaction);
  }
}
