-- Run once by the postgres image on an empty volume: a login for each service, which may act under its role and no other.
-- The migration, as the owner, gives the roles their rights.
\getenv api_password API_DATABASE_PASSWORD
\getenv processor_password PROCESSOR_DATABASE_PASSWORD
CREATE ROLE loomi_api NOLOGIN;
CREATE ROLE loomi_processor NOLOGIN;
CREATE ROLE api LOGIN PASSWORD :'api_password' IN ROLE loomi_api;
CREATE ROLE processor LOGIN PASSWORD :'processor_password' IN ROLE loomi_processor;
