# SPDX-License-Identifier: Apache-2.0
"""The lab: workloads, sidecars and one switch in network namespaces of this machine."""
