DROP TABLE "credits"."balances" CASCADE;--> statement-breakpoint
DROP TABLE "credits"."packages" CASCADE;--> statement-breakpoint
DROP TABLE "credits"."transactions" CASCADE;--> statement-breakpoint
DROP TYPE "credits"."transaction_type";--> statement-breakpoint
DROP SCHEMA "credits";
