# SPDX-License-Identifier: Apache-2.0
"""What a scenario declares: its hosts. Plain values; nothing here runs anything."""
import dataclasses
import os


@dataclasses.dataclass
class HostPlan:
    name: str
    links: dict                 # nic -> list of "address/prefix"
    segments: dict              # nic -> switch segment
    gateway: str = ""
    files: tuple = ()           # folders of node files below scenarios/, first wins
    boot: tuple = ()            # what its operator's rc.local runs
    stack: str = ""             # "": none of ours; "tested": what --stack says; or its name

    def addresses(self):
        return [a.split("/")[0] for found in self.links.values() for a in found]


def host(name, *addresses, links=None, gateway="", files=(), boot=(), stack=""):
    """addresses are eth0's on segment "lan"; links={"eth1": ("inside", ["10.0.0.1/24"])} adds."""
    nets, segments = {"eth0": list(addresses)}, {"eth0": "lan"}
    for nic, (segment, found) in (links or {}).items():
        nets[nic], segments[nic] = list(found), segment
    if not nets["eth0"]:
        del nets["eth0"], segments["eth0"]
    return HostPlan(name, nets, segments, gateway, tuple(files), tuple(boot), stack)


def director(name, *addresses, stack="tested", **kwargs):
    """A host that runs the stack under test (or a given one, for mixed clusters)."""
    return host(name, *addresses, stack=stack, **kwargs)


def hosts_file(plans):
    lines = ["127.0.0.1 localhost", "::1 localhost ip6-localhost"]
    for plan in plans:
        lines += [f"{address} {plan.name}" for address in plan.addresses()]
    return "\n".join(lines) + "\n"


def layers_of(plan, scenario_folder, stack):
    """Folders with node files of this host, first wins; those absent are left out."""
    top = os.path.dirname(scenario_folder)
    found = [os.path.join(scenario_folder, "hosts", plan.name)]
    found += [os.path.join(top, f) for f in plan.files]
    if plan.stack:
        found.append(os.path.join(top, "common", f"director-{stack}"))
        found.append(os.path.join(top, "common", "director"))
    for folder in found[1:1 + len(plan.files)]:
        if not os.path.isdir(folder):
            raise FileNotFoundError(f"{plan.name}: no node files at {folder}")
    return [f for f in found if os.path.isdir(f)]
