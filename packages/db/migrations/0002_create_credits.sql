CREATE SCHEMA "credits";
--> statement-breakpoint
CREATE TYPE "credits"."transaction_type" AS ENUM('purchase', 'usage', 'refund', 'bonus', 'adjustment');--> statement-breakpoint
CREATE TABLE "credits"."balances" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"user_id" uuid NOT NULL,
	"balance" bigint DEFAULT 0 NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "balances_balance_check" CHECK ("credits"."balances"."balance" between 0 and 9007199254740991)
);
--> statement-breakpoint
CREATE TABLE "credits"."packages" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"code" text NOT NULL,
	"name" text NOT NULL,
	"credits" bigint NOT NULL,
	"is_active" boolean DEFAULT true NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "packages_credits_check" CHECK ("credits"."packages"."credits" between 1 and 1000000000)
);
--> statement-breakpoint
CREATE TABLE "credits"."transactions" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"user_id" uuid NOT NULL,
	"created_by" uuid NOT NULL,
	"type" "credits"."transaction_type" NOT NULL,
	"amount" bigint NOT NULL,
	"balance_after" bigint NOT NULL,
	"description" text,
	"refund_of" uuid,
	"idempotency_key" text NOT NULL,
	"request_hash" "bytea" NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "transactions_user_id_id_unique" UNIQUE("user_id","id"),
	CONSTRAINT "transactions_amount_check" CHECK ("credits"."transactions"."amount" <> 0 and abs("credits"."transactions"."amount") <= 1000000000),
	CONSTRAINT "transactions_type_check" CHECK (case "credits"."transactions"."type" when 'usage' then "credits"."transactions"."amount" < 0 when 'adjustment' then true else "credits"."transactions"."amount" > 0 end),
	CONSTRAINT "transactions_balance_after_check" CHECK ("credits"."transactions"."balance_after" between 0 and 9007199254740991),
	CONSTRAINT "transactions_refund_of_check" CHECK (("credits"."transactions"."type" = 'refund') = ("credits"."transactions"."refund_of" is not null)),
	CONSTRAINT "transactions_idempotency_key_check" CHECK (char_length("credits"."transactions"."idempotency_key") between 1 and 255),
	CONSTRAINT "transactions_request_hash_check" CHECK (octet_length("credits"."transactions"."request_hash") = 32)
);
--> statement-breakpoint
ALTER TABLE "credits"."balances" ADD CONSTRAINT "balances_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "identity"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "credits"."transactions" ADD CONSTRAINT "transactions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "identity"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "credits"."transactions" ADD CONSTRAINT "transactions_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "identity"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "credits"."transactions" ADD CONSTRAINT "transactions_user_id_refund_of_transactions_user_id_id_fk" FOREIGN KEY ("user_id","refund_of") REFERENCES "credits"."transactions"("user_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "idx_balances_user_id" ON "credits"."balances" USING btree ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "idx_packages_code" ON "credits"."packages" USING btree ("code");--> statement-breakpoint
CREATE INDEX "idx_transactions_user_id_refund_of" ON "credits"."transactions" USING btree ("user_id","refund_of") WHERE "credits"."transactions"."refund_of" is not null;--> statement-breakpoint
CREATE INDEX "idx_transactions_user_id_created_at_id" ON "credits"."transactions" USING btree ("user_id","created_at","id");--> statement-breakpoint
CREATE UNIQUE INDEX "idx_transactions_created_by_idempotency_key" ON "credits"."transactions" USING btree ("created_by","idempotency_key");