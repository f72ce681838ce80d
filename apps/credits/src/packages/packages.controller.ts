import { Controller, Get, Query } from '@nestjs/common';
import { ApiProblems, type ListQuery, listQuery, type Page, Public, Returns } from '@org/service';
import { type PackageResponse, packagePage } from './packages.dto.ts';
import { PackagesService } from './packages.service.ts';

@Controller('v1/packages')
export class PackagesController {
  constructor(private readonly packages: PackagesService) {}

  @Public()
  @Get()
  @Returns(packagePage)
  @ApiProblems('invalid', 'invalid_cursor')
  list(@Query({ schema: listQuery }) query: ListQuery): Promise<Page<PackageResponse>> {
    return this.packages.list(query);
  }
}
