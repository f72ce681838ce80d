import { Body, Controller, Get, Put } from '@nestjs/common';
import { CurrentUser, Returns } from '@org/service';
import { type Settings, settings } from './settings.dto.ts';
import { SettingsService } from './settings.service.ts';

@Controller('v1/users/me/settings')
export class SettingsController {
  constructor(private readonly service: SettingsService) {}

  @Get()
  @Returns(settings)
  get(@CurrentUser() user: CurrentUser): Promise<Settings> {
    return this.service.get(user.id);
  }

  @Put()
  @Returns(settings)
  replace(@CurrentUser() user: CurrentUser, @Body({ schema: settings }) body: Settings): Promise<Settings> {
    return this.service.replace(user.id, body);
  }
}
