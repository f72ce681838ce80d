export { booleanFlag } from './environment/boolean-flag.ts';
export {
  databaseUrl,
  databaseUrlSource,
  type Environment,
  findWorkspaceRoot,
  loadEnvironment,
} from './environment/load.ts';
