import { Module } from '@nestjs/common';
import { FilesModule } from './files/files.module.ts';
import { FoldersModule } from './folders/folders.module.ts';
import { VersionsModule } from './versions/versions.module.ts';

@Module({ imports: [FoldersModule, FilesModule, VersionsModule] })
export class AppModule {}
