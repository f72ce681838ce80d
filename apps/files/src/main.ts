import { bootstrap } from '@org/service';
import { AppModule } from './app.module.ts';
import { codes } from './codes.ts';
import { readConfig } from './config.ts';

await bootstrap({ module: AppModule, config: readConfig, codes });
