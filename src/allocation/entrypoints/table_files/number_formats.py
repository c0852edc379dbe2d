"""The number formats of a workbook: which of them show a number with other characters."""

from collections.abc import Mapping
from typing import Final

from allocation.entrypoints.table_files.workbook_package import Package

_STYLES: Final = "xl/styles.xml"

_BUILT_IN: Final = {
    2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?",
    13: "# ??/??", 37: "#,##0;(#,##0)", 38: "#,##0;[Red](#,##0)", 39: "#,##0.00;(#,##0.00)",
    40: "#,##0.00;[Red](#,##0.00)", 41: "#,##0", 42: "$#,##0", 43: "#,##0.00", 44: "$#,##0.00",
    48: "##0.0E+0",
}  # fmt: skip
"""The formats that every workbook has, without those of dates and of nothing but digits."""

_PLAIN: Final = frozenset({"general", "0", "#", "@"})


def disguising_styles(package: Package) -> Mapping[str, str]:
    """The styles (as cells name them) whose number format shows more than the digits, and which."""
    if not package.has(_STYLES):
        return {}
    formats = {str(number): code for number, code in _BUILT_IN.items()}
    styles: dict[str, str] = {}
    place, count = "", 0
    for element in package.elements(_STYLES, "numFmt", "cellStyleXfs", "cellXfs", "dxfs", "xf"):
        name = element[""]
        if name == "numFmt":
            formats[element.get("numFmtId", "")] = element.get("formatCode", "General")
        elif name != "xf":
            place = name
        elif place == "cellXfs":
            code = formats.get(element.get("numFmtId", ""), "General")
            if code.casefold() not in _PLAIN:
                styles[str(count)] = code
            count += 1
    return styles
