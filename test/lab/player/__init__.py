# SPDX-License-Identifier: Apache-2.0
"""Finds, plays and reports the scenarios of this folder on the rig (lab/rig)."""
