"""PagerDuty: who is on call, read with few requests, and incidents about the sync itself."""
