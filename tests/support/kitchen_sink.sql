-- One of everything that a database of an administrator who is no superuser may hold. {reader} and {writer} are roles.
CREATE SCHEMA "App Data"; CREATE SCHEMA app; CREATE SCHEMA closed; REVOKE ALL ON SCHEMA closed FROM PUBLIC;
GRANT USAGE ON SCHEMA app, "App Data" TO {reader};
COMMENT ON SCHEMA app IS 'it''s "the" schema';

CREATE TYPE app.mood AS ENUM ('sad', 'ok', 'it''s "fine"', 'ünï');
CREATE TYPE app.pair AS (a int, "B c" text); CREATE TYPE app.span AS RANGE (subtype = float8);
CREATE DOMAIN app.email AS text CHECK (VALUE ~ '@') NOT NULL;
REVOKE USAGE ON TYPE app.mood FROM PUBLIC; GRANT USAGE ON TYPE app.mood TO {reader};
CREATE COLLATION app.c (provider = libc, locale = 'C');
CREATE FUNCTION app.twice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2 * $1';
CREATE FUNCTION app.pairs(app.pair) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ($1)."B c"';
CREATE CAST (app.pair AS text) WITH FUNCTION app.pairs(app.pair) AS ASSIGNMENT;
CREATE FUNCTION app.purge(x int DEFAULT 1, OUT y text) LANGUAGE sql SECURITY DEFINER SET search_path = app, "App Data"
  AS $$ SELECT 'a; "b" -- c' || current_user $$;
REVOKE EXECUTE ON FUNCTION app.purge FROM PUBLIC; GRANT EXECUTE ON FUNCTION app.purge TO {writer} WITH GRANT OPTION;
CREATE PROCEDURE app.wipe() LANGUAGE plpgsql AS $p$ BEGIN NULL; END $p$; REVOKE ALL ON PROCEDURE app.wipe FROM PUBLIC;
CREATE AGGREGATE app.total(int) (sfunc = int4pl, stype = int, initcond = '0');
CREATE OPERATOR app.=== (leftarg = int, rightarg = int, function = int4eq);
CREATE TEXT SEARCH CONFIGURATION app.words (COPY = simple);

CREATE TABLE "App Data"."User's ""Table"" %s {{ x }}" (
  "Select" int GENERATED ALWAYS AS IDENTITY (START 100 INCREMENT 7), "from" app.mood, mail app.email, b bytea, j jsonb,
  total numeric GENERATED ALWAYS AS (1 + 1) STORED, p app.pair, s app.span, c text COLLATE app.c DEFAULT 'x');
INSERT INTO "App Data"."User's ""Table"" %s {{ x }}" ("from", mail, b, j, p, s) VALUES
  ('it''s "fine"', 'A@b.c', '\x00ff00275c', '{"a": "\u00e9\\u0000", "n": 1e400, "x\"": [null, {}]}', (1, E'a\n"b'), '[1,2)');
COMMENT ON COLUMN "App Data"."User's ""Table"" %s {{ x }}"."from" IS E'two\nlines; -- and';
GRANT SELECT ("from"), UPDATE (b) ON "App Data"."User's ""Table"" %s {{ x }}" TO {reader};
CREATE TABLE app.part (id bigserial, at date NOT NULL, v text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE app.part_2025 PARTITION OF app.part FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE app.part_rest PARTITION OF app.part DEFAULT PARTITION BY HASH (id);
CREATE TABLE app.part_rest_0 PARTITION OF app.part_rest FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE app.part_rest_1 PARTITION OF app.part_rest FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO app.part (at, v) SELECT '2025-06-01'::date + i, 'v' || i FROM generate_series(1, 900) i;
CREATE TABLE app.no_pk (a int, b text); INSERT INTO app.no_pk VALUES (1, NULL), (1, NULL), (NULL, 'NaN');
CREATE TABLE app.no_columns (); INSERT INTO app.no_columns DEFAULT VALUES;
CREATE TABLE app.gone (a int, b int, c int); ALTER TABLE app.gone DROP COLUMN b; INSERT INTO app.gone VALUES (1, 3);
CREATE UNLOGGED TABLE app.unlogged (a int); INSERT INTO app.unlogged SELECT generate_series(1, 10);
CREATE TABLE app.a (id int PRIMARY KEY, b int);
CREATE TABLE app.b (id int PRIMARY KEY, a int REFERENCES app.a DEFERRABLE INITIALLY DEFERRED);
ALTER TABLE app.a ADD FOREIGN KEY (b) REFERENCES app.b DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE app.b ADD CHECK (app.twice(id) > 0) NOT VALID;
CREATE TABLE app.parent (id int); CREATE TABLE app.child (x int) INHERITS (app.parent);
INSERT INTO app.parent VALUES (1); INSERT INTO app.child VALUES (2, 2), (3, 3);
CREATE TABLE app.odd (t text, d date, f float8, ts timestamptz, i interval, arr text[], r int4range, bits bit(3), n numeric);
INSERT INTO app.odd VALUES
  (E'tab\tnl\ncr\r\\N\\.', 'infinity', 'NaN', '-infinity', '-1 mons +1 day', ARRAY['a,b', NULL, '"'], 'empty', '101', 'NaN');
CREATE TABLE app.wide AS SELECT i, repeat(md5(i::text), 200) AS t FROM generate_series(1, 500) i;
ALTER TABLE app.wide ALTER t SET STORAGE EXTERNAL; ALTER TABLE app.wide SET (fillfactor = 70);
CREATE TABLE app.room (during int4range, EXCLUDE USING gist (during WITH &&)); INSERT INTO app.room VALUES ('[1,2)');

CREATE VIEW app.v WITH (security_barrier) AS SELECT * FROM app.no_pk;
CREATE RULE r AS ON INSERT TO app.v DO INSTEAD INSERT INTO app.no_pk VALUES (NEW.a, NEW.b);
CREATE MATERIALIZED VIEW app.mv AS SELECT count(*) FROM app.part; CREATE UNIQUE INDEX ON app.mv (count);
CREATE MATERIALIZED VIEW app.mv_empty AS SELECT 1 AS one WITH NO DATA;
CREATE INDEX ON app.part (lower(v)) WHERE id > 3; CREATE UNIQUE INDEX ON app.no_pk (b) WHERE a IS NULL;
CREATE STATISTICS app.st ON a, b FROM app.no_pk; ALTER TABLE app.no_pk ALTER a SET STATISTICS 7;
CREATE TABLE app.secret (id int, owner text); ALTER TABLE app.secret ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON app.secret TO {reader} USING (owner = current_user); INSERT INTO app.secret VALUES (1, 'x');
CREATE FUNCTION app.f() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN RETURN NEW; END $f$;
CREATE TRIGGER t BEFORE INSERT ON app.a FOR EACH ROW EXECUTE FUNCTION app.f(); ALTER TABLE app.a DISABLE TRIGGER t;
CREATE CONSTRAINT TRIGGER late AFTER UPDATE ON app.b DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.f();
CREATE PUBLICATION {publication} FOR TABLE app.a (id) WHERE (id > 0);
SELECT setval('app.part_id_seq', 1000000); CREATE SEQUENCE app.lonely START 42; SELECT nextval('app.lonely');
CREATE SEQUENCE app.called MINVALUE 5; SELECT lo_from_bytea(77001, '\x0102030405');
GRANT SELECT ON LARGE OBJECT 77001 TO {reader}; COMMENT ON LARGE OBJECT 77001 IS 'large';
GRANT SELECT ON ALL TABLES IN SCHEMA app TO {reader}; GRANT ALL ON app.a, app.b TO {writer} WITH GRANT OPTION;
GRANT USAGE ON SEQUENCE app.lonely TO {writer};
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO {reader};
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; ALTER DEFAULT PRIVILEGES REVOKE USAGE ON TYPES FROM PUBLIC;
CREATE TABLE app.load (id bigserial PRIMARY KEY, n int); CREATE TABLE app.load_sum (n bigint); INSERT INTO app.load_sum VALUES (0);
INSERT INTO app.a VALUES (1, NULL); INSERT INTO app.b VALUES (1, 1); UPDATE app.a SET b = 1;

-- The database itself.
COMMENT ON DATABASE {database} IS 'the "sink", it''s'; ALTER DATABASE {database} SET search_path = app, "App Data", public;
ALTER DATABASE {database} SET work_mem = '5MB'; ALTER DATABASE {database} CONNECTION LIMIT 50;
ALTER DATABASE {database} SET default_transaction_isolation = 'repeatable read';
REVOKE CONNECT, TEMPORARY ON DATABASE {database} FROM PUBLIC; GRANT CONNECT ON DATABASE {database} TO {reader}, {writer};
ALTER ROLE {writer} IN DATABASE {database} SET statement_timeout = '30s';
