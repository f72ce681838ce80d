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
  type CreateFolderBody,
  createFolderBody,
  type FolderParams,
  type FolderResponse,
  folderPage,
  folderParams,
  folderResponse,
  type ListFoldersQuery,
  listFoldersQuery,
  toFolder,
  type UpdateFolderBody,
  updateFolderBody,
} from './folders.dto.ts';
import { FoldersService, MAX_DEPTH } from './folders.service.ts';

@Controller('v1/folders')
export class FoldersController {
  constructor(private readonly folders: FoldersService) {}

  @Post()
  @Summary('Make a folder')
  @WithETag()
  @WithLocation((folder: FolderResponse) => `/v1/folders/${folder.id}`)
  @Returns(folderResponse, { status: 201, description: `Up to ${MAX_DEPTH} levels deep` })
  @ApiProblems('folder_not_found', 'name_taken', 'folder_too_deep')
  async create(
    @CurrentUser() user: CurrentUser,
    @Body({ schema: createFolderBody }) body: CreateFolderBody,
  ): Promise<FolderResponse> {
    return toFolder(await this.folders.create(user.id, body));
  }

  @Get()
  @Summary('List folders')
  @ReturnsPage(folderPage, { description: 'The folders in one folder, or at the top; newest first' })
  @ApiProblems('folder_not_found')
  list(
    @CurrentUser() user: CurrentUser,
    @Query({ schema: listFoldersQuery }) query: ListFoldersQuery,
  ): Promise<Page<FolderResponse>> {
    return this.folders.list(user.id, query);
  }

  @Get(':id')
  @Summary('Read a folder')
  @WithETag()
  @Returns(folderResponse)
  @ApiProblems('not_found')
  async get(
    @CurrentUser() user: CurrentUser,
    @Param({ schema: folderParams }) { id }: FolderParams,
  ): Promise<FolderResponse> {
    return toFolder(await this.folders.get(user.id, id));
  }

  @Patch(':id')
  @Summary('Rename or move a folder')
  @WithETag()
  @NeedsIfMatch()
  @Returns(folderResponse, { description: 'Renamed, or moved with all that is in it' })
  @ApiProblems('not_found', 'folder_not_found', 'name_taken', 'folder_cycle', 'folder_too_deep')
  async update(
    @CurrentUser() user: CurrentUser,
    @Param({ schema: folderParams }) { id }: FolderParams,
    @IfMatch() version: number,
    @Body({ schema: updateFolderBody }) body: UpdateFolderBody,
  ): Promise<FolderResponse> {
    return toFolder(await this.folders.update({ userId: user.id, id, version }, body));
  }

  @Delete(':id')
  @Summary('Delete a folder')
  @ReturnsNothing('Deleted with all that is in it, until it is restored')
  @NeedsIfMatch()
  @ApiProblems('not_found')
  async delete(
    @CurrentUser() user: CurrentUser,
    @Param({ schema: folderParams }) { id }: FolderParams,
    @IfMatch() version: number,
  ): Promise<void> {
    await this.folders.delete({ userId: user.id, id, version });
  }

  @Post(':id/restore')
  @Summary('Restore a deleted folder')
  @WithETag()
  @Returns(folderResponse, {
    description: 'Here again with exactly what was deleted with it. A folder that is not deleted stays as it is.',
  })
  @ApiProblems('not_found', 'name_taken', 'folder_deleted', 'folder_too_deep')
  async restore(
    @CurrentUser() user: CurrentUser,
    @Param({ schema: folderParams }) { id }: FolderParams,
  ): Promise<FolderResponse> {
    return toFolder(await this.folders.restore(user.id, id));
  }
}
