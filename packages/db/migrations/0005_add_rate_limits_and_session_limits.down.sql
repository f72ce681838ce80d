DROP TABLE "credits"."rate_limits" CASCADE;--> statement-breakpoint
DROP TABLE "identity"."rate_limits" CASCADE;--> statement-breakpoint
ALTER TABLE "identity"."sessions" DROP COLUMN "idle_seconds";--> statement-breakpoint
ALTER TABLE "identity"."users" DROP COLUMN "disabled_at";