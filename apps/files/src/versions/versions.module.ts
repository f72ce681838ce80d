import { Module } from '@nestjs/common';
import { VersionsController } from './versions.controller.ts';
import { VersionsService } from './versions.service.ts';

@Module({ controllers: [VersionsController], providers: [VersionsService] })
export class VersionsModule {}
