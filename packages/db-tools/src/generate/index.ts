export type { Decisions } from './decisions.ts';
export { type GenerateResult, generate, generateCustom } from './generate.ts';
