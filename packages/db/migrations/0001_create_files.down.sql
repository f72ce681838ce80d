DROP TABLE "files"."file_tags" CASCADE;--> statement-breakpoint
DROP TABLE "files"."file_versions" CASCADE;--> statement-breakpoint
DROP TABLE "files"."files" CASCADE;--> statement-breakpoint
DROP TABLE "files"."folders" CASCADE;--> statement-breakpoint
DROP TABLE "files"."tags" CASCADE;--> statement-breakpoint
DROP SCHEMA "files";
