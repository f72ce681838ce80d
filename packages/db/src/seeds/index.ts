export { seedDev } from './dev/index.ts';
export { seedReference } from './reference/index.ts';
