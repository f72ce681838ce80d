-- As in 0003.
CREATE OR REPLACE FUNCTION "identity"."authenticate"("token_hash" bytea)
RETURNS TABLE ("user_id" uuid, "role" "identity"."user_role", "session_id" uuid)
LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  used_at timestamptz;
BEGIN
  SELECT s.user_id, u.role, s.id, s.last_used_at INTO user_id, role, session_id, used_at
  FROM identity.sessions s
  JOIN identity.users u ON u.id = s.user_id
  WHERE s.token_hash = authenticate.token_hash AND s.expires_at > now() AND u.deleted_at IS NULL;

  IF NOT FOUND THEN
    RETURN;
  END IF;

  -- At most once a minute, and whoever comes second does not wait: a request must not queue behind another of the same session.
  -- Only then a write at all, so that it works on a replica between two touches.
  IF used_at < now() - interval '1 minute' THEN
    UPDATE identity.sessions SET last_used_at = now(), updated_at = now()
    WHERE id = (SELECT s.id FROM identity.sessions s WHERE s.id = session_id FOR NO KEY UPDATE SKIP LOCKED);
  END IF;

  RETURN NEXT;
END
$$;
