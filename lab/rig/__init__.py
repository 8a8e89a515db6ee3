# SPDX-License-Identifier: Apache-2.0
"""The rig that scenarios and rehearsals run on: hosts, switch, probes, expectations."""
