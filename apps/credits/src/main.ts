import { bootstrap } from '@org/service';
import { AppModule } from './app.module.ts';
import { readConfig } from './config.ts';

await bootstrap({ module: AppModule, config: readConfig });
