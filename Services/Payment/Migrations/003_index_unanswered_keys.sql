-- An intent keeps its key with an empty answer; the outcome finds the keys that wait for it by the payment.
CREATE INDEX idempotency_keys_unanswered ON idempotency_keys (subject) WHERE body = '';
