import { Controller, Get } from '@nestjs/common';
import { CurrentUser, Returns, Summary } from '@org/service';
import { type BalanceResponse, balanceResponse } from './balance.dto.ts';
import { BalanceService } from './balance.service.ts';

@Controller('v1/balance')
export class BalanceController {
  constructor(private readonly service: BalanceService) {}

  @Get()
  @Summary('Read the balance')
  @Returns(balanceResponse)
  async get(@CurrentUser() user: CurrentUser): Promise<BalanceResponse> {
    return { balance: await this.service.get(user.id) };
  }
}
