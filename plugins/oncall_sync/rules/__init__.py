"""The rules of the sync, as pure functions of values.

roster            who belongs in a group
targets           which Slack user group an entry of the config means
plan              what has to change, and what must not
handoffs, topics  what is said in channels about who is on call
ration            what is written in this run, and what waits for the next
"""
