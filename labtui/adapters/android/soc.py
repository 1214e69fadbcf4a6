"""Names people know phones and chips by, where Android only has code names."""

import re

_SOC_NAMES = {
    "gs101": "Tensor G1", "gs201": "Tensor G2", "zuma": "Tensor G3", "zumapro": "Tensor G4",
    "laguna": "Tensor G5",
    "sdm845": "Snapdragon 845", "sm8150": "Snapdragon 855", "sm8250": "Snapdragon 865",
    "sm8350": "Snapdragon 888", "sm8450": "Snapdragon 8 Gen 1", "sm8475": "Snapdragon 8+ Gen 1",
    "sm8550": "Snapdragon 8 Gen 2", "sm8650": "Snapdragon 8 Gen 3", "sm8750": "Snapdragon 8 Elite",
    "sm8850": "Snapdragon 8 Elite Gen 5",
    "sm7125": "Snapdragon 720G", "sm7325": "Snapdragon 778G", "sm7450": "Snapdragon 7 Gen 1",
    "sm7550": "Snapdragon 7 Gen 3", "sm6225": "Snapdragon 680", "sm6375": "Snapdragon 695",
    "msm8953": "Snapdragon 625",
    "s5e9820": "Exynos 9820", "s5e9830": "Exynos 990", "s5e9840": "Exynos 2100",
    "s5e9925": "Exynos 2200", "s5e9945": "Exynos 2400", "s5e8825": "Exynos 1280",
    "s5e8835": "Exynos 1380", "s5e8845": "Exynos 1480",
    "mt6765": "Helio P35", "mt6768": "Helio P65", "mt6769": "Helio G85", "mt6769z": "Helio G85",
    "mt6771": "Helio P60", "mt6785": "Helio G90T", "mt6789": "Helio G99",
    "mt6833": "Dimensity 700", "mt6853": "Dimensity 720", "mt6877": "Dimensity 900",
    "mt6893": "Dimensity 1200", "mt6895": "Dimensity 8100", "mt6983": "Dimensity 9000",
    "mt6985": "Dimensity 9200", "mt6989": "Dimensity 9300", "mt6991": "Dimensity 9400",
}  # fmt: skip

_MODEL_NAMES = {
    "SM-S901": "Galaxy S22", "SM-S906": "Galaxy S22+", "SM-S908": "Galaxy S22 Ultra",
    "SM-S911": "Galaxy S23", "SM-S916": "Galaxy S23+", "SM-S918": "Galaxy S23 Ultra",
    "SM-S921": "Galaxy S24", "SM-S926": "Galaxy S24+", "SM-S928": "Galaxy S24 Ultra",
    "SM-S931": "Galaxy S25", "SM-S936": "Galaxy S25+", "SM-S938": "Galaxy S25 Ultra",
    "SM-A526": "Galaxy A52 5G", "SM-A546": "Galaxy A54", "SM-A556": "Galaxy A55",
}  # fmt: skip
"""Samsung's model numbers without the letters of region and operator."""

_SOC_KEYS = ("ro.soc.model", "ro.mediatek.platform", "ro.board.platform", "ro.hardware")
_NAME_KEYS = (
    "ro.product.marketname",
    "ro.config.marketing_name",
    "ro.vendor.oplus.market.name",
    "ro.product.model",
)


def soc_name(properties: dict[str, str]) -> str:
    """Return the chip's trade name, else its code name; empty when the phone does not say."""
    codes = [code for key in _SOC_KEYS if (code := properties.get(key, "").strip())]
    known = [_SOC_NAMES[code.lower()] for code in codes if code.lower() in _SOC_NAMES]
    return next(iter(known or codes), "")


def product_name(properties: dict[str, str]) -> str:
    """Return what the phone is sold as, else its model number; empty when it does not say."""
    names = [name for key in _NAME_KEYS if (name := properties.get(key, "").strip())]
    if not names:
        return ""
    number = re.match(r"SM-[A-Z]\d{3}", names[0])
    return _MODEL_NAMES.get(number[0], names[0]) if number else names[0]
