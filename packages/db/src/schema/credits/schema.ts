import { pgSchema } from 'drizzle-orm/pg-core';

export const creditsSchema = pgSchema('credits');
