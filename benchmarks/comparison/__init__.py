"""This project's sync beside others, on one sandbox in one run: requests and time. `make bench`.

cells         what is measured: a world of so many groups, what changed in it, what is remembered
contenders    who is measured: this project; seed, the algorithm it grew from; pd2slack
measure       every contender in every cell
results       the figures as tables and as a plot
"""
