"""The rules of the sync, as pure functions of values.

members           who belongs in a group
overlaps          how long a shift makes somebody a member
targets           which Slack user group an entry of the config means
new_groups        what one gets that is created
removed_groups    what is said of one that the config does not name any more
plan              what has to change, and what must not
hand_edits        what somebody else did to a group, and is undone
handoffs, topics  what is said in channels about who is on call
alerts            which problems of the sync itself are told, and when they are over
write_limit       what is written in this run, and what waits for the next
"""
