import { Module } from '@nestjs/common';
import { PackagesController } from './packages.controller.ts';
import { PackagesService } from './packages.service.ts';

@Module({ controllers: [PackagesController], providers: [PackagesService] })
export class PackagesModule {}
