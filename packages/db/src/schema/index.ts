export * from './credits/index.ts';
export * from './files/index.ts';
export * from './identity/index.ts';
