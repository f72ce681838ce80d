import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import {
  ApiProblems,
  CurrentUser,
  IfMatch,
  type ListQuery,
  listQuery,
  NeedsIfMatch,
  type Page,
  Returns,
  ReturnsPage,
  Summary,
  WithETag,
  WithLocation,
} from '@org/service';
import { type FileParams, fileParams } from '../files/files.dto.ts';
import {
  type CreateVersionBody,
  createVersionBody,
  toVersion,
  type VersionParams,
  type VersionResponse,
  versionPage,
  versionParams,
  versionResponse,
} from './versions.dto.ts';
import { VersionsService } from './versions.service.ts';

@Controller('v1/files/:id/versions')
export class VersionsController {
  constructor(private readonly versions: VersionsService) {}

  @Post()
  @Summary('Add a version of a file')
  @WithETag()
  @WithLocation((made: MadeVersion) => `/v1/files/${made.fileId}/versions/${made.number}`)
  @NeedsIfMatch()
  @Returns(versionResponse, { status: 201, description: 'What the file is now; the ETag is that of the file' })
  @ApiProblems('not_found')
  async create(
    @CurrentUser() user: CurrentUser,
    @Param({ schema: fileParams }) { id }: FileParams,
    @IfMatch() version: number,
    @Body({ schema: createVersionBody }) body: CreateVersionBody,
  ): Promise<MadeVersion> {
    const made = await this.versions.create({ userId: user.id, id, version }, body);
    return { ...toVersion(made), fileId: made.fileId, version: made.fileVersion };
  }

  @Get()
  @Summary('List the versions of a file')
  @ReturnsPage(versionPage, { description: 'Newest first' })
  @ApiProblems('not_found')
  list(
    @CurrentUser() user: CurrentUser,
    @Param({ schema: fileParams }) { id }: FileParams,
    @Query({ schema: listQuery }) query: ListQuery,
  ): Promise<Page<VersionResponse>> {
    return this.versions.list(user.id, id, query);
  }

  @Get(':number')
  @Summary('Read a version of a file')
  @Returns(versionResponse)
  @ApiProblems('not_found')
  async get(
    @CurrentUser() user: CurrentUser,
    @Param({ schema: versionParams }) { id, number }: VersionParams,
  ): Promise<VersionResponse> {
    return toVersion(await this.versions.get(user.id, id, number));
  }
}

/** What only the headers tell: the file, and its version. The response's schema leaves it out of the body. */
interface MadeVersion extends VersionResponse {
  fileId: string;
  version: number;
}
