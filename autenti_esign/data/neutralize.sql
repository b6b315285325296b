-- A copied database reaches neither Autenti nor anybody who signs there
UPDATE autenti_connection
SET
    active = false,
    environment = 'test',
    custom_api_url = NULL,
    custom_jwks_url = NULL,
    client_id = NULL,
    client_secret = NULL,
    key_id = NULL,
    database_uuid = NULL,
    database_url = NULL,
    tested_date = NULL;

UPDATE autenti_key
SET
    state = 'retired',
    private_key = NULL;

DELETE FROM autenti_account;

DELETE FROM autenti_rate_limit;

DELETE FROM autenti_registration;

DELETE FROM autenti_check;
