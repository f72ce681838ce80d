export type { Decisions } from './decisions.ts';
export { type GenerateResult, generate, generateCustom, type Written } from './generate.ts';
