-- Dropped and rebuilt whole after every migration: roles, grants, append-only triggers and row-level security.
-- No business effect lives here; these rules only refuse.

DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'nearhome_app') THEN
        CREATE ROLE nearhome_app NOLOGIN NOBYPASSRLS;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;

DO $$ BEGIN EXECUTE format('GRANT nearhome_app TO %I', current_user); EXCEPTION WHEN OTHERS THEN NULL; END $$;
-- A mark of what the database holds: equal marks, equal contents (store::state).
CREATE OR REPLACE VIEW database_state AS
    SELECT pg_current_snapshot()::text || ' ' || extract(epoch FROM pg_postmaster_start_time())::text AS state;

GRANT USAGE ON SCHEMA public TO nearhome_app;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO nearhome_app;
REVOKE UPDATE ON event, leaf, checkpoint, access_log, schema_migration FROM nearhome_app;
REVOKE INSERT ON schema_migration FROM nearhome_app;
-- What is no record may go when its time is over; nothing else is ever deleted.
GRANT DELETE ON session, kept_form, sign_in_attempt, idempotency TO nearhome_app;

CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$;

-- For whom the transaction works; empty after the first commit of a connection, hence nullif. Policies ask it in a subquery:
-- so it is asked once per statement, not once per row.
CREATE OR REPLACE FUNCTION app_org() RETURNS uuid LANGUAGE sql STABLE AS
    $$ SELECT nullif(current_setting('app.org', true), '')::uuid $$;
CREATE OR REPLACE FUNCTION app_works() RETURNS boolean LANGUAGE sql STABLE AS
    $$ SELECT current_setting('app.scope', true) = 'worker' $$;
-- The service that the transaction suspends, or opens again; none in any other.
CREATE OR REPLACE FUNCTION app_service() RETURNS uuid LANGUAGE sql STABLE AS
    $$ SELECT nullif(current_setting('app.service', true), '')::uuid $$;
CREATE OR REPLACE FUNCTION app_is_council() RETURNS boolean LANGUAGE sql STABLE AS
    $$ SELECT EXISTS (SELECT 1 FROM organisation WHERE organisation.id = app_org() AND organisation.kind = 'COUNCIL') $$;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['event', 'leaf', 'checkpoint', 'access_log', 'published_release'] LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS never_changes ON %I', name);
        EXECUTE format('CREATE TRIGGER never_changes BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change()', name);
        EXECUTE format('DROP TRIGGER IF EXISTS never_emptied ON %I', name);
        EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON %I EXECUTE FUNCTION refuse_change()', name);
    END LOOP;
    -- Owned: one organisation's own rows.
    FOREACH name IN ARRAY ARRAY['child', 'referral', 'score', 'approval', 'task', 'ceiling', 'commitment', 'bidder_key', 'bidder_profile', 'bidder_file', 'bid'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('DROP POLICY IF EXISTS of_organisation ON %I', name);
        EXECUTE format('CREATE POLICY of_organisation ON %I USING (org_id = (SELECT app_org()) OR (SELECT app_works())) WITH CHECK (org_id = (SELECT app_org()) OR (SELECT app_works()))', name);
    END LOOP;
    -- Two parties: the council and the provider whom it concerns.
    FOREACH name IN ARRAY ARRAY['release', 'offer', 'agreement', 'placement', 'offer_freeze'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('DROP POLICY IF EXISTS of_parties ON %I', name);
        EXECUTE format('CREATE POLICY of_parties ON %I USING (org_id = (SELECT app_org()) OR provider_id = (SELECT app_org()) OR (SELECT app_works())) WITH CHECK (org_id = (SELECT app_org()) OR provider_id = (SELECT app_org()) OR (SELECT app_works()))', name);
    END LOOP;
    -- Councils: read by every council, never by a provider; written by the council whose row it is.
    FOREACH name IN ARRAY ARRAY['decision', 'consultation', 'governed_act', 'inter_authority_agreement', 'inter_authority_signature', 'opening_key', 'tender_share',
            'evaluator', 'conflict_declaration', 'conflict_settlement', 'bid_score', 'bid_moderation', 'bid_outcome', 'award', 'challenge',
            'market_engagement', 'public_supplier', 'carried_over', 'framework_reminder'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('DROP POLICY IF EXISTS of_councils ON %I', name);
        EXECUTE format('CREATE POLICY of_councils ON %I USING ((SELECT app_works()) OR (SELECT app_is_council())) WITH CHECK (org_id = (SELECT app_org()) OR (SELECT app_works()))', name);
    END LOOP;
    -- Published: read by every council, and by providers once they are published; written by the council whose they are.
    FOREACH name IN ARRAY ARRAY['tender', 'tender_addendum', 'published_release'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('DROP POLICY IF EXISTS of_public ON %I', name);
    END LOOP;
    CREATE POLICY of_public ON tender USING ((SELECT app_works()) OR (published_at IS NOT NULL AND (SELECT app_org()) IS NOT NULL) OR (SELECT app_is_council()))
        WITH CHECK (org_id = (SELECT app_org()) OR (SELECT app_works()));
    -- Nothing is added to a tender before it is published.
    CREATE POLICY of_public ON tender_addendum USING ((SELECT app_works()) OR (SELECT app_org()) IS NOT NULL)
        WITH CHECK (org_id = (SELECT app_org()) OR (SELECT app_works()));
    CREATE POLICY of_public ON published_release USING ((SELECT app_works()) OR (SELECT app_org()) IS NOT NULL)
        WITH CHECK (org_id = (SELECT app_org()) OR (SELECT app_works()));
    -- Tendered: read by every council and by the provider whose it is; written by either of the two.
    FOREACH name IN ARRAY ARRAY['tender_question', 'bid_submission', 'submitted_file', 'framework_contract',
            'assessment_summary', 'framework_variation'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('DROP POLICY IF EXISTS of_bidders ON %I', name);
        EXECUTE format('CREATE POLICY of_bidders ON %I USING ((SELECT app_works()) OR provider_id = (SELECT app_org()) OR (SELECT app_is_council())) WITH CHECK (org_id = (SELECT app_org()) OR provider_id = (SELECT app_org()) OR (SELECT app_works()))', name);
    END LOOP;
    -- Joint: read and written by every council, since any of them may complete an opening; never by a provider.
    FOREACH name IN ARRAY ARRAY['opened_bid', 'opening_attempt', 'suspension', 'assurance', 'suspension_signature'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('DROP POLICY IF EXISTS of_all_councils ON %I', name);
        EXECUTE format('CREATE POLICY of_all_councils ON %I USING ((SELECT app_works()) OR (SELECT app_is_council())) WITH CHECK ((SELECT app_works()) OR (SELECT app_is_council()))', name);
    END LOOP;
    -- The provider whose home is suspended reads that, and why.
    DROP POLICY IF EXISTS of_suspended ON suspension;
    CREATE POLICY of_suspended ON suspension FOR SELECT USING (provider_id = (SELECT app_org()));
    -- A suspension by one council is one for all: within its transaction, and of its service alone, it reads which offers are open and
    -- which children live there, and adds freezes and tasks of its own kinds. It changes no row of another council (ADR 0012).
    FOREACH name IN ARRAY ARRAY['offer', 'placement', 'offer_freeze'] LOOP
        EXECUTE format('DROP POLICY IF EXISTS of_suspension ON %I', name);
        EXECUTE format('CREATE POLICY of_suspension ON %I FOR SELECT USING (service_id = (SELECT app_service()))', name);
    END LOOP;
    DROP POLICY IF EXISTS by_suspension ON offer_freeze;
    CREATE POLICY by_suspension ON offer_freeze FOR INSERT WITH CHECK (service_id = (SELECT app_service()));
    DROP POLICY IF EXISTS by_suspension ON task;
    CREATE POLICY by_suspension ON task FOR INSERT WITH CHECK ((SELECT app_service()) IS NOT NULL
        AND split_part(kind, ':', 1) IN ('RISK_REVIEW', 'OFFER_FROZEN', 'OFFER_THAWED', 'OFFER_RAN_OUT') AND done_on IS NULL AND note IS NULL);
    -- Shared: read by everybody in the consortium, written through the provider file; nobody without an organisation.
    FOREACH name IN ARRAY ARRAY['service', 'rating', 'admission', 'outside_release'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('DROP POLICY IF EXISTS of_consortium ON %I', name);
        EXECUTE format('CREATE POLICY of_consortium ON %I USING ((SELECT app_org()) IS NOT NULL) WITH CHECK ((SELECT app_org()) IS NOT NULL)', name);
    END LOOP;
END $$;

-- Events are read by the organisation whose record it is, by all where the record is shared, and written by whoever acts.
ALTER TABLE event ENABLE ROW LEVEL SECURITY;
ALTER TABLE event FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS read_own ON event;
CREATE POLICY read_own ON event FOR SELECT USING (
    org_id = (SELECT app_org()) OR other_id = (SELECT app_org()) OR org_id = '00000000-0000-0000-0000-000000000000' OR (SELECT app_works()));
DROP POLICY IF EXISTS write_any ON event;
CREATE POLICY write_any ON event FOR INSERT WITH CHECK ((SELECT app_org()) IS NOT NULL);
