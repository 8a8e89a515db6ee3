# SPDX-License-Identifier: Apache-2.0
"""upbeat rehearse: an operator's own files, built as a cluster in a disposable lab, drilled, and reported on.

Pure: setup, derive, addresses, adapt, agents, answers, timing, drills (the table), advice, outcome, figure, page, text.
Reading files and calling the daemons' parsers: reading. In the lab: player, standin. The command line: command.
"""
