"""Who is on call, and who they are in Slack, read with few requests.

rotations         what is known so far, while it is being read
oncalls           GET /oncalls for many schedules at once
verification      a schedule that is not in there, by itself
accounts          addresses to Slack accounts, by the faster way
"""
