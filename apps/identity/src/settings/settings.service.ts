import { Injectable } from '@nestjs/common';
import type { Database } from '@org/db';
import { InjectDrizzle } from '@org/db/nestjs';
import type { Settings } from './settings.dto.ts';
import { findPreferences, upsertPreferences } from './settings.queries.ts';

@Injectable()
export class SettingsService {
  constructor(@InjectDrizzle() private readonly db: Database) {}

  /** Empty until something was saved. */
  async get(userId: string): Promise<Settings> {
    return (await findPreferences(this.db, userId)) ?? {};
  }

  async replace(userId: string, settings: Settings): Promise<Settings> {
    await upsertPreferences(this.db, userId, settings);
    return settings;
  }
}
