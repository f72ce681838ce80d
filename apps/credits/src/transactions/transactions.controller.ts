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
  ReturnsPage,
  Summary,
} from '@org/service';
import type { FastifyReply } from 'fastify';
import { PostingLimit } from './posting-limit.ts';
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
  constructor(
    private readonly transactions: TransactionsService,
    private readonly limit: PostingLimit,
  ) {}

  @Get()
  @Summary('List transactions')
  @ReturnsPage(transactionPage)
  list(
    @CurrentUser() user: CurrentUser,
    @Query({ schema: listQuery }) query: ListQuery,
  ): Promise<Page<TransactionResponse>> {
    return this.transactions.list(user.id, query);
  }

  @Post()
  @Summary('Post a transaction')
  @NeedsIdempotencyKey()
  @Returns(transactionResponse, {
    status: 201,
    description: 'Posted now, or earlier with this key: then with the header `Idempotent-Replayed: true`',
  })
  @ApiProblems(
    'forbidden',
    'user_not_found',
    'usage_not_found',
    'insufficient_credits',
    'balance_limit',
    'refund_exceeds',
    'rate_limited',
  )
  async create(
    @CurrentUser() user: CurrentUser,
    @IdempotencyKey() key: string,
    @Body({ schema: createTransactionBody }) body: CreateTransactionBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TransactionResponse> {
    await this.limit.count(user.id);
    const { transaction, isReplayed } = await this.transactions.create(user, key, body);
    if (isReplayed) markReplayed(reply);
    return toTransaction(transaction);
  }
}
