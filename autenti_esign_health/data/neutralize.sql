-- Who monitors the original doesn't get at a copy
DELETE FROM ir_config_parameter
WHERE key = 'autenti_esign_health.monitoring_token_sha256';
