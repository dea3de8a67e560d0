"""The sizes of things: how large a layer's output is, and how many zeros go around its input.

One axis at a time: an image's height and width follow the same rule, each with its own numbers. The notation is that
of Dumoulin & Visin, *A guide to convolution arithmetic for deep learning* (arXiv:1603.07285): input size n, kernel k,
stride s, padding p, dilation d.
"""

from __future__ import annotations

from labkit.arguments import Padding, padding_rule, whole_number
from labkit.calculators.working import Worked, WorkedTuple


def effective_kernel(kernel: int, dilation: int = 1) -> Worked:
    """Return how many places a dilated kernel spans: d·(k − 1) + 1.

    >>> effective_kernel(3, dilation=2)
    5

    Parameters
    ----------
    kernel
        Number of weights along the axis, k.
    dilation
        Distance between two neighbouring weights, d; 1 leaves no gap.

    Raises
    ------
    TypeError, ValueError
        When an argument is not a whole number of at least 1.

    References
    ----------
    Dumoulin & Visin 2016, section 5.1.
    """
    k, d = whole_number("kernel", kernel), whole_number("dilation", dilation)
    span = d * (k - 1) + 1
    return Worked(span, f"{d}·({k} − 1) + 1 = {span}", f"{d} \\cdot ({k} - 1) + 1 = {span}")


def same_padding(kernel: int) -> Worked:
    """Return the padding on each side that keeps the size at stride 1: (k − 1)/2, for an odd kernel.

    >>> same_padding(5)
    2

    Parameters
    ----------
    kernel
        Size of the kernel along the axis, odd.

    Raises
    ------
    ValueError
        When ``kernel`` is even: k − 1 zeros cannot be shared equally, so no single number keeps the size. Use
        ``padding="same"``, which puts the odd one after, or a pair ``(before, after)``.
    """
    k = whole_number("kernel", kernel)
    if k % 2 == 0:
        raise ValueError(
            f"kernel is {k}; allowed is an odd number: an even kernel needs {k - 1} zeros in all, which no equal "
            f'padding on both sides gives (padding="same" or the pair ({(k - 1) // 2}, {k // 2}) does)'
        )
    p = (k - 1) // 2
    return Worked(p, f"({k} − 1)/2 = {p}", f"\\frac{{{k} - 1}}{{2}} = {p}")


def padding_amount(
    size: int, kernel: int, stride: int = 1, padding: Padding = "same", dilation: int = 1
) -> WorkedTuple:
    """Return how many places are added before and after one axis.

    >>> padding_amount(13, 6, stride=5)
    (1, 2)

    Parameters
    ----------
    size
        Length of the axis, n.
    kernel, stride, dilation
        The layer's numbers along this axis.
    padding
        ``"valid"`` (none), ``"same"`` (Keras's rule: as few as give ⌈n/s⌉ outputs, the odd one *after*), an int for
        both sides, or a pair ``(before, after)``.

    Returns
    -------
    WorkedTuple
        ``(before, after)``, with its ``working``.

    Raises
    ------
    TypeError, ValueError
        When an argument is not of the allowed kind.

    References
    ----------
    TensorFlow, "Notes on padding" (tf.nn); Dumoulin & Visin 2016, section 2.
    """
    n, k = whole_number("size", size), whole_number("kernel", kernel)
    s, d = whole_number("stride", stride), whole_number("dilation", dilation)
    return checked_padding_amount(n, k, s, padding_rule(padding), d)


def checked_padding_amount(n: int, k: int, s: int, padding: Padding, d: int) -> WorkedTuple:
    """Do as :func:`padding_amount`, for arguments that were looked over before."""
    if padding == "valid":
        return WorkedTuple((0, 0), "valid: no padding", r"\text{valid: no padding}")
    if isinstance(padding, tuple):
        before, after = padding
        return WorkedTuple(padding, f"given: {before} before, {after} after", f"p = ({before}, {after})")
    span = d * (k - 1) + 1
    out = -(-n // s)
    total = max((out - 1) * s + span - n, 0)
    before, after = total // 2, total - total // 2
    return WorkedTuple(
        (before, after),
        f"max((⌈{n}/{s}⌉ − 1)·{s} + {span} − {n}, 0) = {total}: {before} before, {after} after",
        f"\\max((\\lceil {n}/{s} \\rceil - 1) \\cdot {s} + {span} - {n},\\ 0) = {total} = {before} + {after}",
    )


def output_size(size: int, kernel: int, stride: int = 1, padding: Padding = "valid", dilation: int = 1) -> Worked:
    """Return how many places a sliding window takes along one axis: ⌊(n + padding − k)/s⌋ + 1.

    >>> output_size(28, 3)
    26
    >>> output_size(28, 3).working
    '⌊(28 + 0 − 3)/1⌋ + 1 = 26'
    >>> output_size(224, 11, stride=4, padding=2)
    55

    Parameters
    ----------
    size
        Length of the axis, n.
    kernel
        Size of the kernel or pooling window along it, k.
    stride
        Step from one place to the next, s.
    padding
        ``"valid"``, ``"same"`` (⌈n/s⌉ places), an int for both sides, or a pair ``(before, after)``.
    dilation
        Distance between two weights of the kernel, d; the window then spans d·(k − 1) + 1.

    Returns
    -------
    Worked
        The output's length, with its ``working`` and ``latex``.

    Raises
    ------
    TypeError
        When an argument is not a whole number.
    ValueError
        When one is too small, or the kernel is larger than the padded input.

    References
    ----------
    Dumoulin & Visin 2016, relationships 6 and 15.
    """
    n, k = whole_number("size", size), whole_number("kernel", kernel)
    s, d = whole_number("stride", stride), whole_number("dilation", dilation)
    return checked_output_size(n, k, s, padding_rule(padding), d)


def checked_output_size(n: int, k: int, s: int, padding: Padding, d: int) -> Worked:
    """Do as :func:`output_size`, for arguments that were looked over before."""
    span = d * (k - 1) + 1
    if padding == "same":
        out = -(-n // s)
        return Worked(out, f"⌈{n}/{s}⌉ = {out}", f"\\lceil {n}/{s} \\rceil = {out}")
    before, after = padding if isinstance(padding, tuple) else (0, 0)
    if span > n + before + after:
        dilated = f", {span} with dilation {d}" if d > 1 else ""
        padded = f" with padding {before} + {after}" if before + after else ""
        raise ValueError(
            f"kernel is {k}{dilated}; allowed is at most the input's size {n}{padded} "
            f'({n + before + after}), or padding="same"'
        )
    out = (n + before + after - span) // s + 1
    # Equal padding is written 2·p, as the textbooks have it; none at all is a plain 0.
    p, p_latex = str(before + after), str(before + after)
    if before != after:
        p = p_latex = f"{before} + {after}"
    elif before:
        p, p_latex = f"2·{before}", f"2 \\cdot {before}"
    if d == 1:
        window = window_latex = str(k)
    else:
        window, window_latex = f"({d}·({k} − 1) + 1)", f"({d} \\cdot ({k} - 1) + 1)"
    return Worked(
        out,
        f"⌊({n} + {p} − {window})/{s}⌋ + 1 = {out}",
        f"\\left\\lfloor \\frac{{{n} + {p_latex} - {window_latex}}}{{{s}}} \\right\\rfloor + 1 = {out}",
    )


def transposed_output_size(
    size: int,
    kernel: int,
    stride: int = 1,
    padding: Padding = "valid",
    dilation: int = 1,
    output_padding: int | None = None,
) -> Worked:
    """Return the length of one axis after a transposed convolution (Keras's rule).

    >>> transposed_output_size(4, 3, stride=2, padding="same"), transposed_output_size(4, 3, stride=2)
    (8, 9)

    Parameters
    ----------
    size, kernel, stride, dilation
        As for :func:`output_size`; the kernel then spans k' = d·(k − 1) + 1.
    padding
        ``"valid"`` gives s·(n − 1) + max(k', s), ``"same"`` gives s·n. A transposed convolution undoes a convolution's
        shape, so its "padding" removes places from its output.
    output_padding
        Places added after the end, a. With it ``"valid"`` gives s·(n − 1) + k' + a, and ``"same"`` s·(n − 1) + a, and
        one more where k' is odd.

    Raises
    ------
    TypeError, ValueError
        When an argument is not of the allowed kind; ``padding`` must be one of the two words.

    References
    ----------
    Dumoulin & Visin 2016, chapter 4.
    """
    n, k, s = whole_number("size", size), whole_number("kernel", kernel), whole_number("stride", stride)
    k = int(effective_kernel(k, dilation))
    rule = padding_rule(padding)
    if rule not in ("same", "valid"):
        raise ValueError(f'padding is {padding!r}; allowed for a transposed convolution are "valid" and "same"')
    if output_padding is not None:
        more = whole_number("output_padding", output_padding, minimum=0)
        part = k if rule == "valid" else k % 2
        out = s * (n - 1) + part + more
        return Worked(
            out, f"{s}·({n} − 1) + {part} + {more} = {out}", f"{s} \\cdot ({n} - 1) + {part} + {more} = {out}"
        )
    if rule == "same":
        return Worked(s * n, f"{s}·{n} = {s * n}", f"{s} \\cdot {n} = {s * n}")
    out = s * (n - 1) + max(k, s)
    return Worked(
        out,
        f"{s}·({n} − 1) + max({k}, {s}) = {out}",
        f"{s} \\cdot ({n} - 1) + \\max({k}, {s}) = {out}",
    )
