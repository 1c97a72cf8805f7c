"""The config file, `dags/oncall_sync.yaml`: its shape, its reading, and everything that can be wrong with it.

model       which keys there are, section by section
fields      what each value must look like, for the check, the messages and the JSON Schema
source      what in PagerDuty a group takes its people from
document    YAML text to plain values, with the line of every key
mistakes    what is wrong, in plain words
load        text to config and mistakes, all at once
schema      the JSON Schema for editors, made from the model
"""

from oncall_sync.config.model import Alerts, Config, Connections, Group, NewGroup, Overlap
from oncall_sync.config.source import Source

__all__ = ["Alerts", "Config", "Connections", "Group", "NewGroup", "Overlap", "Source"]
