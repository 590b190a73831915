"""The GPUs of this machine: read them, see what stands in the way of MIG, plan and apply a layout."""

from mig_explorer.devices.apply import apply
from mig_explorer.devices.device import Device, DeviceCompute, DeviceInstance, Inventory
from mig_explorer.devices.doctor import Diagnosis, diagnose
from mig_explorer.devices.inventory import inventory, this_gpu
from mig_explorer.devices.obstacles import Obstacle
from mig_explorer.devices.outcome import Applied
from mig_explorer.devices.plan import Plan, plan
from mig_explorer.devices.processes import Process, running_processes
from mig_explorer.devices.resume import resume, unfinished_journals

__all__ = [
    "Applied",
    "Device",
    "DeviceCompute",
    "DeviceInstance",
    "Diagnosis",
    "Inventory",
    "Obstacle",
    "Plan",
    "Process",
    "apply",
    "diagnose",
    "inventory",
    "plan",
    "resume",
    "running_processes",
    "this_gpu",
    "unfinished_journals",
]
