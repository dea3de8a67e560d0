"""The networks that made history on ImageNet, each built as its paper has it, and at any smaller size.

Every builder takes ``input_shape``, ``num_classes`` and ``width``, a factor on all its numbers of channels, so that the
same code gives the published network or one that trains on a laptop in a minute. All end in a layer ``logits`` and its
softmax ``probabilities``, which stays in float32 whatever the rest computes in.
"""
