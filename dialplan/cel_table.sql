-- pbx-bridge: Asterisk's journal as a table, for a PBX on another machine than the bridge.
-- Asterisk reads the table's columns when cel_pgsql.so is loaded, and fills those it knows by
-- their names and types. With PostgreSQL's client:
--
--   psql -h HOST -U asterisk DATABASE -f cel_table.sql
--
-- and in Asterisk's cel_pgsql.conf:
--
--   [global]
--   hostname=HOST
--   dbname=DATABASE
--   user=asterisk
--   password=SECRET
--   table=cel
--   show_user_defined=no
--
-- cel.conf stays as it is (cel_pbx_bridge.conf). Reload with: asterisk -rx 'module reload cel_pgsql.so'
-- One table for each PBX: a row does not say which it is from.

CREATE TABLE cel (
    id bigserial PRIMARY KEY,
    -- Seconds since 1970 with microseconds: no clock of a server has to agree on a time zone.
    -- To read it: SELECT to_timestamp(eventtime), * FROM cel
    eventtime double precision NOT NULL,
    eventtype text NOT NULL,
    userdeftype text NOT NULL DEFAULT '',
    uniqueid text NOT NULL,
    linkedid text NOT NULL,
    channame text NOT NULL DEFAULT '',
    cid_name text NOT NULL DEFAULT '',
    cid_num text NOT NULL DEFAULT '',
    cid_ani text NOT NULL DEFAULT '',
    cid_rdnis text NOT NULL DEFAULT '',
    cid_dnid text NOT NULL DEFAULT '',
    exten text NOT NULL DEFAULT '',
    context text NOT NULL DEFAULT '',
    peer text NOT NULL DEFAULT '',
    appname text NOT NULL DEFAULT '',
    appdata text NOT NULL DEFAULT '',
    accountcode text NOT NULL DEFAULT '',
    extra text NOT NULL DEFAULT ''
);
