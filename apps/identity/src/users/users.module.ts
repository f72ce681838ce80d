import { Module } from '@nestjs/common';
import { AttemptsModule } from '../attempts/attempts.module.ts';
import { UsersController } from './users.controller.ts';
import { UsersService } from './users.service.ts';

@Module({ imports: [AttemptsModule], controllers: [UsersController], providers: [UsersService] })
export class UsersModule {}
