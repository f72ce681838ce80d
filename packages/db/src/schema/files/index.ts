export { type FileTag, fileTags, fileTagsRelations, type NewFileTag } from './file-tags.ts';
export { type FileVersion, fileVersions, fileVersionsRelations, type NewFileVersion } from './file-versions.ts';
export { type File, type FileMetadata, files, filesRelations, type NewFile } from './files.ts';
export { type Folder, folders, foldersRelations, type NewFolder } from './folders.ts';
export { filesSchema } from './schema.ts';
export { type NewTag, type Tag, tags, tagsRelations } from './tags.ts';
