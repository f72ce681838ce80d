export { type Decisions, type Question, renameFlag } from './decisions.ts';
export { type GenerateOptions, type GenerateResult, generate, generateCustom } from './generate.ts';
