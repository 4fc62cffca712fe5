"""What every test may lean on. The cast and the staircase come with the first room that needs them."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def real_data():
    """The folder of real registers and vectors, named by MINGQIAN_DATA; a test that wants it is skipped aloud."""
    folder = os.environ.get("MINGQIAN_DATA", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("MINGQIAN_DATA 未设置：真实数据与抽取向量的检验已跳过")
    return Path(folder)
