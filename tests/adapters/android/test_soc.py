import pytest

from labtui.adapters.android.soc import product_name, soc_name


@pytest.mark.parametrize(
    ("properties", "name"),
    [
        ({"ro.soc.model": "GS201"}, "Tensor G2"),
        ({"ro.soc.model": "SM8550", "ro.board.platform": "kalama"}, "Snapdragon 8 Gen 2"),
        ({"ro.soc.model": "MT6769Z"}, "Helio G85"),
        ({"ro.board.platform": "msm8953"}, "Snapdragon 625"),
        ({"ro.soc.model": "NEW1", "ro.board.platform": "zuma"}, "Tensor G3"),
        ({"ro.soc.model": "NEW1", "ro.board.platform": "new"}, "NEW1"),
        ({"ro.soc.model": " "}, ""),
        ({}, ""),
    ],
)
def test_chips(properties: dict[str, str], name: str) -> None:
    assert name == soc_name(properties)


@pytest.mark.parametrize(
    ("properties", "name"),
    [
        ({"ro.product.model": "Pixel 7 Pro"}, "Pixel 7 Pro"),
        ({"ro.product.model": "SM-S918B"}, "Galaxy S23 Ultra"),
        ({"ro.product.model": "SM-X999Q"}, "SM-X999Q"),
        ({"ro.product.model": "2201", "ro.product.marketname": "Redmi 11"}, "Redmi 11"),
        ({}, ""),
    ],
)
def test_phones(properties: dict[str, str], name: str) -> None:
    assert name == product_name(properties)
