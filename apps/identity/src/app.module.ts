import { Module } from '@nestjs/common';
import { SessionsModule } from './sessions/sessions.module.ts';
import { SettingsModule } from './settings/settings.module.ts';
import { UsersModule } from './users/users.module.ts';

@Module({ imports: [UsersModule, SessionsModule, SettingsModule] })
export class AppModule {}
