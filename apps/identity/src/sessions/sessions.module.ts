import { Module } from '@nestjs/common';
import { AttemptsModule } from '../attempts/attempts.module.ts';
import { SessionsController } from './sessions.controller.ts';
import { SessionsService } from './sessions.service.ts';

@Module({ imports: [AttemptsModule], controllers: [SessionsController], providers: [SessionsService] })
export class SessionsModule {}
