-- The role and the database of one service; may be run again at any time.
--
--   PASSWORD=… psql -v service=shop -f service-database.sql      (as a superuser)
--
-- The role owns its database and can connect to no other.
\set ON_ERROR_STOP on
\getenv password PASSWORD

SELECT format('CREATE ROLE %I', :'service')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'service') \gexec
ALTER ROLE :"service" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';

SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING ''UTF8'' LOCALE ''C''', :'service', :'service')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'service') \gexec

REVOKE CONNECT, TEMPORARY ON DATABASE :"service", postgres, template1 FROM PUBLIC;
GRANT CONNECT ON DATABASE :"service" TO auditor;
