"""Names people know iPhones and chips by, where lockdownd only has product types."""

_PRODUCTS = {
    "iPhone10,1": ("iPhone 8", "A11"), "iPhone10,4": ("iPhone 8", "A11"),
    "iPhone10,2": ("iPhone 8 Plus", "A11"), "iPhone10,5": ("iPhone 8 Plus", "A11"),
    "iPhone10,3": ("iPhone X", "A11"), "iPhone10,6": ("iPhone X", "A11"),
    "iPhone11,2": ("iPhone XS", "A12"), "iPhone11,4": ("iPhone XS Max", "A12"),
    "iPhone11,6": ("iPhone XS Max", "A12"), "iPhone11,8": ("iPhone XR", "A12"),
    "iPhone12,1": ("iPhone 11", "A13"), "iPhone12,3": ("iPhone 11 Pro", "A13"),
    "iPhone12,5": ("iPhone 11 Pro Max", "A13"), "iPhone12,8": ("iPhone SE (2nd)", "A13"),
    "iPhone13,1": ("iPhone 12 mini", "A14"), "iPhone13,2": ("iPhone 12", "A14"),
    "iPhone13,3": ("iPhone 12 Pro", "A14"), "iPhone13,4": ("iPhone 12 Pro Max", "A14"),
    "iPhone14,4": ("iPhone 13 mini", "A15"), "iPhone14,5": ("iPhone 13", "A15"),
    "iPhone14,2": ("iPhone 13 Pro", "A15"), "iPhone14,3": ("iPhone 13 Pro Max", "A15"),
    "iPhone14,6": ("iPhone SE (3rd)", "A15"),
    "iPhone14,7": ("iPhone 14", "A15"), "iPhone14,8": ("iPhone 14 Plus", "A15"),
    "iPhone15,2": ("iPhone 14 Pro", "A16"), "iPhone15,3": ("iPhone 14 Pro Max", "A16"),
    "iPhone15,4": ("iPhone 15", "A16"), "iPhone15,5": ("iPhone 15 Plus", "A16"),
    "iPhone16,1": ("iPhone 15 Pro", "A17 Pro"), "iPhone16,2": ("iPhone 15 Pro Max", "A17 Pro"),
    "iPhone17,3": ("iPhone 16", "A18"), "iPhone17,4": ("iPhone 16 Plus", "A18"),
    "iPhone17,5": ("iPhone 16e", "A18"),
    "iPhone17,1": ("iPhone 16 Pro", "A18 Pro"), "iPhone17,2": ("iPhone 16 Pro Max", "A18 Pro"),
    "iPhone18,3": ("iPhone 17", "A19"), "iPhone18,4": ("iPhone Air", "A19 Pro"),
    "iPhone18,1": ("iPhone 17 Pro", "A19 Pro"), "iPhone18,2": ("iPhone 17 Pro Max", "A19 Pro"),
}  # fmt: skip

_BIONIC = ("A11", "A12", "A13", "A14", "A15", "A16")


def product_name(product_type: str) -> str:
    """Return what a phone is sold as, else its product type."""
    return _PRODUCTS.get(product_type, (product_type, ""))[0]


def soc_name(product_type: str) -> str:
    """Return the chip's trade name; empty when it is not known."""
    chip = _PRODUCTS.get(product_type, ("", ""))[1]
    return f"{chip} Bionic" if chip in _BIONIC else chip
