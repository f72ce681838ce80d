import { Controller, Get, Query } from '@nestjs/common';
import { type ListQuery, listQuery, type Page, Public, ReturnsPage, Summary } from '@org/service';
import { type PackageResponse, packagePage } from './packages.dto.ts';
import { PackagesService } from './packages.service.ts';

@Controller('v1/packages')
export class PackagesController {
  constructor(private readonly packages: PackagesService) {}

  @Public()
  @Get()
  @Summary('List what can be bought')
  @ReturnsPage(packagePage)
  list(@Query({ schema: listQuery }) query: ListQuery): Promise<Page<PackageResponse>> {
    return this.packages.list(query);
  }
}
