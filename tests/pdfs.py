"""Small PDF files written by hand, for what no real file holds: hidden text above all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

A4 = (0, 0, 595, 842)
FORM_WORDS = "Words that a form paints."


@dataclass(frozen=True)
class Words:
    """Words on a page: where they begin (points, origin bottom left), and how they are painted.

    `mode` is how the type is painted (ISO 32000, table 104): 0 filled, 1 outlined, 3 not at all.
    """

    text: str
    x: float = 60
    y: float = 700
    size: float = 11
    colour: tuple[float, float, float] = (0, 0, 0)
    mode: int = 0

    def painted(self) -> str:
        """The operators that paint them; Chinese needs a font that readers bring along."""
        font, shown = ("L", f"({_escaped(self.text)})")
        if not self.text.isascii():
            font, shown = "C", f"<{self.text.encode('utf-16-be').hex()}>"
        colour = "{:g} {:g} {:g}".format(*self.colour)
        return (
            f"q BT {colour} rg {colour} RG {self.mode} Tr /{font} {self.size:g} Tf "
            f"{self.x:g} {self.y:g} Td {shown} Tj ET Q"
        )


@dataclass(frozen=True)
class Bar:
    """A filled rectangle."""

    x: float
    y: float
    width: float
    height: float
    colour: tuple[float, float, float]

    def painted(self) -> str:
        """The operators that paint it."""
        colour = "{:g} {:g} {:g}".format(*self.colour)
        return f"q {colour} rg {self.x:g} {self.y:g} {self.width:g} {self.height:g} re f Q"


@dataclass(frozen=True)
class Operators:
    """Anything else, as it stands in the file. /Faint is nearly no ink, /Glass half of it, /Marker darkens,
    /Shades is a pattern, /Dot a picture, /Off and /On are layers, /OffForm and /OnForm say FORM_WORDS."""

    text: str

    def painted(self) -> str:
        """The operators."""
        return self.text


Painted = Words | Bar | Operators


def pdf_file(*pages: Sequence[Painted], box: tuple[float, ...] = A4) -> bytes:
    """A PDF file with these pages, painted from the bottom up."""
    first = len(_SHARED) + 3
    kids = " ".join(f"{first + 2 * i} 0 R" for i in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R /OCProperties << /OCGs [9 0 R 10 0 R] /D << /OFF [9 0 R] >> >> >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} /MediaBox [{' '.join(map(str, box))}] >>",
        *_SHARED,
    ]
    for i, page in enumerate(pages):
        content = "\n".join(part.painted() for part in page)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /Contents {first + 2 * i + 1} 0 R /Resources {_RESOURCES} >>"
        )
        objects.append(_stream("", content))
    return _file(objects)


def _file(objects: Sequence[str]) -> bytes:
    data = b"%PDF-1.7\n"
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(data))
        data += f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1")
    table = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n"
    table += "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(data)}\n%%EOF\n"
    return data + (table + end).encode("latin-1")


def _stream(entries: str, content: str) -> str:
    return f"<< {entries} /Length {len(content)} >>\nstream\n{content}\nendstream"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


_FORM = "/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << /Font << /L 3 0 R >> >> /OC {} 0 R"
_SHARED = (  # objects 3 to 12
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H"
    " /DescendantFonts [5 0 R] >>",
    "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 /FontDescriptor 6 0 R"
    " /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> >>",
    "<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880]"
    " /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
    "<< /PatternType 2 /Shading << /ShadingType 2 /ColorSpace /DeviceRGB /Coords [0 0 600 0]"
    " /Extend [true true] /Function << /FunctionType 2 /Domain [0 1] /C0 [0 0 0] /C1 [0 0 1] /N 1 >> >> >>",
    _stream(
        "/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8", "x"
    ),
    "<< /Type /OCG /Name (off) >>",
    "<< /Type /OCG /Name (on) >>",
    _stream(_FORM.format(9), Words(FORM_WORDS).painted()),
    _stream(_FORM.format(10), Words(FORM_WORDS).painted()),
)
_RESOURCES = (
    "<< /Font << /L 3 0 R /C 4 0 R >> /Pattern << /Shades 7 0 R >> /Properties << /Off 9 0 R /On 10 0 R >>"
    " /XObject << /Dot 8 0 R /OffForm 11 0 R /OnForm 12 0 R >>"
    " /ExtGState << /Faint << /ca 0.02 /CA 0.02 >> /Glass << /ca 0.5 >> /Marker << /BM /Multiply >> >> >>"
)
