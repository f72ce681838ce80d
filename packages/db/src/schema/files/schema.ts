import { pgSchema } from 'drizzle-orm/pg-core';

export const filesSchema = pgSchema('files');
