"""The rules of the sync, as pure functions of values.

members    who belongs in a group
targets    which Slack group an entry of the config means, which one is created, which one the config no longer names
plan       what has to change in a group, what must not, and how many groups one run writes
messages   what the sync writes into Slack channels: handoffs, undone edits, topics
alerts     which problems of the sync itself are reported, and when they are over
"""
