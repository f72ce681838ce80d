DROP FUNCTION "identity"."authenticate"(bytea);
