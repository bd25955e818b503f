"""Published peak performance of chips, which no program exceeds.

TPUs: docs.cloud.google.com/tpu/docs, the pages v3, v4, v5e, v5p, v6e and tpu7x. Link bandwidth is
one way, over all links of a chip: half of "bidirectional ICI bandwidth per chip", or, if a page
does not give it (v3, v4), a pod's all-reduce bandwidth divided by its chips. GPUs: NVIDIA's data
sheets, bfloat16 without sparsity; memory as `nvidia-smi` reports it, which they round.
"""

from dataclasses import dataclass

from mlm_xling.errors import InputError


@dataclass(frozen=True)
class Chip:
    """Published peaks of a chip, in base units."""

    name: str
    flops: float
    """Floating-point operations per second, in bfloat16 matrix products."""
    memory: int
    """Bytes of memory."""
    bandwidth: float
    """Memory bandwidth in bytes per second."""
    link: float
    """Total bandwidth of all links to other chips, one way, in bytes per second."""
    links: str
    """Name of the links to other chips, such as `NVLink`."""
    cores: int = 1
    """Number of JAX devices per chip, which share its arithmetic, memory and links."""
    sides: int = 0
    """Number of dimensions of a slice; 0 for GPUs, which are only counted."""
    most: int = 8
    """Number of chips in the largest slice, or in one machine with GPUs."""

    @property
    def is_tpu(self) -> bool:
        """Whether it is a TPU, for which a compiler is available on any machine."""
        return self.sides > 0


def _tpu(name, teraflops, gib, gigabytes, link, sides, most, cores=1) -> Chip:
    bandwidth, link = gigabytes * 1e9, link * 1e9
    return Chip(name, teraflops * 1e12, gib * 2**30, bandwidth, link, "ICI", cores, sides, most)


def _gpu(name, teraflops, mib, bandwidth, link, links) -> Chip:
    return Chip(name, teraflops * 1e12, mib * 2**20, bandwidth * 1e9, link * 1e9, links)


CHIPS = {
    chip.name: chip
    for chip in (
        #    name    TFLOP/s   GiB  GB/s  links GB/s
        _tpu("v3",       123,   32,  900,  332, sides=2, most=1024, cores=2),
        _tpu("v4",       275,   32, 1200,  269, sides=3, most=4096),
        _tpu("v5e",      197,   16,  819,  200, sides=2, most=256),
        _tpu("v5p",      459,   95, 2765,  600, sides=3, most=6144),
        _tpu("v6e",      918,   32, 1638,  400, sides=2, most=256),
        _tpu("tpu7x",   2307,  192, 7380,  600, sides=3, most=9216, cores=2),
        #    name    TFLOP/s   MiB  GB/s  links GB/s
        _gpu("h100",     989, 81559, 3350, 450, "NVLink"),
        _gpu("a100",     312, 81920, 2039, 300, "NVLink"),
        _gpu("l4",       121, 23034,  300,  32, "PCIe"),
        _gpu("rtx4090",  165, 24564, 1008,  32, "PCIe"),
    )
}  # fmt: skip
"""Known chips, by name in `--plan`."""


def find_chip(name: str, where: str) -> Chip:
    """Returns the chip that is named `where`, ignoring case.

    Raises:
      InputError: unknown chip; lists the known ones.
    """
    chip = CHIPS.get(name.lower())
    if chip is None:
        raise InputError(f"{where}={name}: no such chip; known are {' '.join(CHIPS)}")
    return chip
