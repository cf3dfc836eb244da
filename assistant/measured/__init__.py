"""Where metrics go: to Prometheus or to CloudWatch. `assistant.metrics` is how they are told."""
