#!/bin/bash
# Run once, on an empty volume: what PgBouncer looks up passwords with, and may do nothing else.
PGPASSWORD="$POSTGRES_PASSWORD" psql -v ON_ERROR_STOP=1 -q -U postgres -d postgres -v password="$PGBOUNCER_PASSWORD" <<'SQL'
create role pgbouncer login password :'password';
create schema pgbouncer authorization postgres;
create function pgbouncer.find_password(name text, out username name, out password text)
language sql security definer set search_path = pg_catalog, pg_temp as
$$ select rolname, rolpassword from pg_authid where rolname = name and rolcanlogin and not rolsuper $$;
revoke all on function pgbouncer.find_password from public;
grant usage on schema pgbouncer to pgbouncer;
grant execute on function pgbouncer.find_password to pgbouncer;
SQL
