import pytest

from labkit import plots


@pytest.fixture(autouse=True)
def house_style():
    """As a page has it, whatever ran before in this process."""
    import matplotlib.pyplot as plt

    with plt.rc_context():
        plots.use_house_style()
        yield
