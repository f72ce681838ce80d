import { Module } from '@nestjs/common';
import { BalanceController } from './balance.controller.ts';
import { BalanceService } from './balance.service.ts';

@Module({ controllers: [BalanceController], providers: [BalanceService] })
export class BalanceModule {}
