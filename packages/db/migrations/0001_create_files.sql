CREATE SCHEMA "files";
--> statement-breakpoint
CREATE TABLE "files"."file_tags" (
	"user_id" uuid NOT NULL,
	"file_id" uuid NOT NULL,
	"tag_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "file_tags_pkey" PRIMARY KEY("user_id","file_id","tag_id")
);
--> statement-breakpoint
CREATE TABLE "files"."file_versions" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"user_id" uuid NOT NULL,
	"file_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"mime_type" text NOT NULL,
	"size" bigint NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "file_versions_number_check" CHECK ("files"."file_versions"."number" >= 1),
	CONSTRAINT "file_versions_size_check" CHECK ("files"."file_versions"."size" between 0 and 9007199254740991)
);
--> statement-breakpoint
CREATE TABLE "files"."files" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"user_id" uuid NOT NULL,
	"folder_id" uuid,
	"name" text NOT NULL,
	"mime_type" text NOT NULL,
	"size" bigint NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	CONSTRAINT "files_user_id_id_unique" UNIQUE("user_id","id"),
	CONSTRAINT "files_name_check" CHECK (char_length("files"."files"."name") between 1 and 255),
	CONSTRAINT "files_size_check" CHECK ("files"."files"."size" between 0 and 9007199254740991),
	CONSTRAINT "files_metadata_check" CHECK (jsonb_typeof("files"."files"."metadata") = 'object')
);
--> statement-breakpoint
CREATE TABLE "files"."folders" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"user_id" uuid NOT NULL,
	"parent_id" uuid,
	"name" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	CONSTRAINT "folders_user_id_id_unique" UNIQUE("user_id","id"),
	CONSTRAINT "folders_name_check" CHECK (char_length("files"."folders"."name") between 1 and 255),
	CONSTRAINT "folders_parent_id_check" CHECK ("files"."folders"."parent_id" <> "files"."folders"."id")
);
--> statement-breakpoint
CREATE TABLE "files"."tags" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"user_id" uuid NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "tags_user_id_id_unique" UNIQUE("user_id","id"),
	CONSTRAINT "tags_name_check" CHECK (char_length("files"."tags"."name") between 1 and 255)
);
--> statement-breakpoint
ALTER TABLE "files"."file_tags" ADD CONSTRAINT "file_tags_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "identity"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "files"."file_tags" ADD CONSTRAINT "file_tags_user_id_file_id_files_user_id_id_fk" FOREIGN KEY ("user_id","file_id") REFERENCES "files"."files"("user_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "files"."file_tags" ADD CONSTRAINT "file_tags_user_id_tag_id_tags_user_id_id_fk" FOREIGN KEY ("user_id","tag_id") REFERENCES "files"."tags"("user_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "files"."file_versions" ADD CONSTRAINT "file_versions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "identity"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "files"."file_versions" ADD CONSTRAINT "file_versions_user_id_file_id_files_user_id_id_fk" FOREIGN KEY ("user_id","file_id") REFERENCES "files"."files"("user_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "files"."files" ADD CONSTRAINT "files_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "identity"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "files"."files" ADD CONSTRAINT "files_user_id_folder_id_folders_user_id_id_fk" FOREIGN KEY ("user_id","folder_id") REFERENCES "files"."folders"("user_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "files"."folders" ADD CONSTRAINT "folders_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "identity"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "files"."folders" ADD CONSTRAINT "folders_user_id_parent_id_folders_user_id_id_fk" FOREIGN KEY ("user_id","parent_id") REFERENCES "files"."folders"("user_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "files"."tags" ADD CONSTRAINT "tags_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "identity"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_file_tags_user_id_tag_id_file_id" ON "files"."file_tags" USING btree ("user_id","tag_id","file_id");--> statement-breakpoint
CREATE UNIQUE INDEX "idx_file_versions_user_id_file_id_number" ON "files"."file_versions" USING btree ("user_id","file_id","number");--> statement-breakpoint
CREATE INDEX "idx_files_user_id_folder_id" ON "files"."files" USING btree ("user_id","folder_id");--> statement-breakpoint
CREATE INDEX "idx_files_user_id_folder_id_created_at_id_live" ON "files"."files" USING btree ("user_id","folder_id","created_at","id") WHERE "files"."files"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX "idx_files_user_id_created_at_id_live" ON "files"."files" USING btree ("user_id","created_at","id") WHERE "files"."files"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX "idx_folders_user_id_parent_id" ON "files"."folders" USING btree ("user_id","parent_id");--> statement-breakpoint
CREATE UNIQUE INDEX "idx_folders_user_id_parent_id_name_live" ON "files"."folders" USING btree ("user_id","parent_id","name") WHERE "files"."folders"."deleted_at" is null and "files"."folders"."parent_id" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "idx_folders_user_id_name_live_root" ON "files"."folders" USING btree ("user_id","name") WHERE "files"."folders"."deleted_at" is null and "files"."folders"."parent_id" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "idx_tags_user_id_name" ON "files"."tags" USING btree ("user_id","name");