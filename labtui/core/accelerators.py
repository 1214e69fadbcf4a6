"""What variants can be asked to run on."""

ACCELERATORS = ("cpu", "gpu", "npu", "nnapi")
"""Whether a device has it, its runner says."""
