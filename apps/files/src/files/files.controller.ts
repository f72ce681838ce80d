import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import {
  ApiProblems,
  CurrentUser,
  IfMatch,
  NeedsIfMatch,
  type Page,
  Returns,
  ReturnsNothing,
  ReturnsPage,
  Summary,
  WithETag,
  WithLocation,
} from '@org/service';
import {
  type CreateFileBody,
  createFileBody,
  type DeleteFileQuery,
  deleteFileQuery,
  type FileParams,
  type FileResponse,
  filePage,
  fileParams,
  fileResponse,
  type ListFilesQuery,
  listFilesQuery,
  toFile,
  type UpdateFileBody,
  updateFileBody,
} from './files.dto.ts';
import { FilesService } from './files.service.ts';

@Controller('v1/files')
export class FilesController {
  constructor(private readonly files: FilesService) {}

  @Post()
  @Summary('Add a file')
  @WithETag()
  @WithLocation((file: FileResponse) => `/v1/files/${file.id}`)
  @Returns(fileResponse, { status: 201, description: 'With its first version' })
  @ApiProblems('folder_not_found')
  async create(
    @CurrentUser() user: CurrentUser,
    @Body({ schema: createFileBody }) body: CreateFileBody,
  ): Promise<FileResponse> {
    return toFile(await this.files.create(user.id, body));
  }

  @Get()
  @Summary('List files')
  @ReturnsPage(filePage, { description: 'The files of the user, in whatever folder unless one is named; newest first' })
  @ApiProblems('folder_not_found')
  list(
    @CurrentUser() user: CurrentUser,
    @Query({ schema: listFilesQuery }) query: ListFilesQuery,
  ): Promise<Page<FileResponse>> {
    return this.files.list(user.id, query);
  }

  @Get(':id')
  @Summary('Read a file')
  @WithETag()
  @Returns(fileResponse)
  @ApiProblems('not_found')
  async get(
    @CurrentUser() user: CurrentUser,
    @Param({ schema: fileParams }) { id }: FileParams,
  ): Promise<FileResponse> {
    return toFile(await this.files.get(user.id, id));
  }

  @Patch(':id')
  @Summary('Change or move a file')
  @WithETag()
  @NeedsIfMatch()
  @Returns(fileResponse, { description: 'What the body leaves out stays' })
  @ApiProblems('not_found', 'folder_not_found')
  async update(
    @CurrentUser() user: CurrentUser,
    @Param({ schema: fileParams }) { id }: FileParams,
    @IfMatch() version: number,
    @Body({ schema: updateFileBody }) body: UpdateFileBody,
  ): Promise<FileResponse> {
    return toFile(await this.files.update({ userId: user.id, id, version }, body));
  }

  @Delete(':id')
  @Summary('Delete a file')
  @ReturnsNothing('Deleted until it is restored, or for good; a deleted file keeps its ETag')
  @NeedsIfMatch()
  @ApiProblems('not_found')
  async delete(
    @CurrentUser() user: CurrentUser,
    @Param({ schema: fileParams }) { id }: FileParams,
    @IfMatch() version: number,
    @Query({ schema: deleteFileQuery }) { permanent }: DeleteFileQuery,
  ): Promise<void> {
    const file = { userId: user.id, id, version };
    await (permanent ? this.files.deleteForGood(file) : this.files.delete(file));
  }

  @Post(':id/restore')
  @Summary('Restore a deleted file')
  @WithETag()
  @Returns(fileResponse, {
    description: 'Here again, in the folder it was in. A file that is not deleted stays as it is.',
  })
  @ApiProblems('not_found', 'folder_deleted')
  async restore(
    @CurrentUser() user: CurrentUser,
    @Param({ schema: fileParams }) { id }: FileParams,
  ): Promise<FileResponse> {
    return toFile(await this.files.restore(user.id, id));
  }
}
