"""PagerDuty's and Slack's APIs, as far as the sync uses them. Nothing here decides anything.

pagerduty_api, slack_api      one short method per endpoint, the answer's shape beside it
slack_client, slack_errors    slack_sdk's client without redirects; Slack's error codes, and what to do about each
waiting                       how long a task may wait because a server asks it to
"""
