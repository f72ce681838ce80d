import { Body, Controller, Get, Put } from '@nestjs/common';
import { CurrentUser, Returns, Summary } from '@org/service';
import { type Settings, settingsBody, settingsResponse } from './settings.dto.ts';
import { SettingsService } from './settings.service.ts';

@Controller('v1/users/me/settings')
export class SettingsController {
  constructor(private readonly settings: SettingsService) {}

  @Get()
  @Summary('Read the settings')
  @Returns(settingsResponse)
  get(@CurrentUser() user: CurrentUser): Promise<Settings> {
    return this.settings.get(user.id);
  }

  @Put()
  @Summary('Replace the settings')
  @Returns(settingsResponse)
  replace(@CurrentUser() user: CurrentUser, @Body({ schema: settingsBody }) body: Settings): Promise<Settings> {
    return this.settings.replace(user.id, body);
  }
}
