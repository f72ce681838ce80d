DROP TABLE "identity"."sessions" CASCADE;--> statement-breakpoint
DROP TABLE "identity"."user_settings" CASCADE;--> statement-breakpoint
DROP TABLE "identity"."users" CASCADE;--> statement-breakpoint
DROP TYPE "identity"."user_role";--> statement-breakpoint
DROP SCHEMA "identity";
