"""What a layer costs: shapes, parameters, multiply-adds, memory, receptive fields; every answer shows its working.

>>> from labkit.calculators import output_size
>>> output_size(28, 3)
26
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "geometry": ["effective_kernel", "output_size", "padding_amount", "same_padding", "transposed_output_size"],
        "working": ["Worked", "WorkedTuple"],
    },
)
