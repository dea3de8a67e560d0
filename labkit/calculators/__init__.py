"""What a network costs: shapes, parameters, multiply-adds, memory, receptive fields; every answer shows its working.

>>> from labkit.calculators import output_size, parameters, layers
>>> output_size(28, 3)
26
>>> parameters(layers.Conv2D(32, 3), (28, 28, 1)).working
'(3·3·1 + 1)·32 = 320'
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["layers"],
    submod_attrs={
        "backward_fields": ["BackwardField", "receptive_field_backwards"],
        "cost": ["macs", "parameters", "trainable_parameters"],
        "geometry": ["effective_kernel", "output_size", "padding_amount", "same_padding", "transposed_output_size"],
        "measured_fields": ["gradient_receptive_field"],
        "memory": ["activation_bytes"],
        "network.descriptions": ["register_layer"],
        "receptive_fields": ["ReceptiveField", "receptive_field"],
        "report": ["Report", "summarize"],
        "rows": ["Row"],
        "shapes": ["output_shape"],
        "unknown_layers": ["UnknownLayerError"],
        "working": ["Worked", "WorkedTuple"],
    },
)
