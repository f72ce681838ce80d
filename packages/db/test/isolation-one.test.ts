import { seesOnlyItself } from './isolation.ts';

seesOnlyItself('one');
