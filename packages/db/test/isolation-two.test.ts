import { seesOnlyItself } from './isolation.ts';

seesOnlyItself('two');
