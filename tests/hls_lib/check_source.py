"""Structural checks of generated C++: what Vitis HLS can't make hardware of, or would make slow hardware of.

``check`` reads plain text, with a light parser: comments and strings are blanked, functions found by their braces. It
knows the house style of the library and the templates, not C++ at large; what it does not understand it reports.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

ALLOWED_INCLUDES = re.compile(r'<(ap_int|ap_fixed|ap_axi_sdata|hls_stream)\.h>|<cstdint>|"[\w/]+\.hpp"')
FORBIDDEN = re.compile(
    r"\b(?:new|delete|malloc|calloc|realloc|free|alloca|throw|try|catch|goto|virtual|dynamic_cast|typeid|float|double"
    r"|std::(?!u?int(?:8|16|32|64)_t\b)\w+)\b"
)
KEYWORDS = {"if", "for", "while", "switch", "return", "sizeof", "static_cast", "static_assert", "defined", "using"}
PRAGMA = re.compile(r"^[ \t]*#pragma[ \t]+HLS[ \t]+(.*?)[ \t]*$", re.MULTILINE)
DIRECTIVE = re.compile(r"^[ \t]*#.*$", re.MULTILINE)
LOOP = re.compile(r"int (\w+) = 0; \1 < ([\w:]+); \+\+\1")
# a template parameter, a constant of a type that is one, a number
CONSTANT = re.compile(r"[A-Z]\w*(?:::[a-z]\w*)?|\d+")
CONSTEXPR = re.compile(r"\bconstexpr int (\w+) =")
FULL_SPEED = "PIPELINE II=1{} style=flp"  # an input that waits must not keep results in the pipeline
STREAM = "hls::stream"


@dataclass(frozen=True)
class Parameter:
    name: str
    text: str

    @property
    def is_stream(self) -> bool:
        return STREAM in self.text


@dataclass(frozen=True)
class Loop:
    """A ``for`` loop: its header and where it lies in the function's body."""

    header: str
    start: int
    end: int

    def contains(self, other: Loop) -> bool:
        return self.start < other.start and other.end <= self.end


@dataclass(frozen=True)
class Function:
    """A function with a body; ``body`` has neither comments nor strings."""

    file: str
    name: str
    parameters: tuple[Parameter, ...]
    body: str
    is_constexpr: bool

    @cached_property
    def loops(self) -> list[Loop]:
        return [
            Loop(self.body[found.end() : close], found.start(), statement_end(self.body, close + 1))
            for found in re.finditer(r"\bfor \(", self.body)
            if (close := closing(self.body, found.end() - 1))
        ]

    @property
    def outer_loops(self) -> list[Loop]:
        return [loop for loop in self.loops if not any(other.contains(loop) for other in self.loops)]

    def pragmas(self, loop: Loop | None = None) -> list[str]:
        """The pragmas directly in ``loop``, or outside every loop."""
        found = []
        for pragma in PRAGMA.finditer(self.body):
            around = [one for one in self.loops if one.start < pragma.start() < one.end]
            innermost = max(around, key=lambda one: one.start, default=None)
            if innermost == loop:
                found.append(pragma[1])
        return found

    @cached_property
    def constants(self) -> set[str]:
        """Names of the constants that it declares."""
        return set(CONSTEXPR.findall(self.body))

    @cached_property
    def calls(self) -> set[str]:
        return {name for name, _ in calls_in(self.body)}


def check(sources: Mapping[str, str], top: str) -> list[str]:
    """Every rule that ``sources`` (file name -> text) break; ``top`` is the top function's name."""
    texts = {file: blank(text) for file, text in sources.items()}
    functions = [function for file, text in texts.items() for function in functions_in(file, text)]
    return [
        *(problem for file, text in texts.items() for problem in _forbidden(file, sources[file], text)),
        *_recursion(functions),
        *(problem for function in functions for problem in _by_value(function)),
        *(problem for function in functions for problem in _loops(function)),
        *_dataflow(functions, top),
    ]


def blank(text: str) -> str:
    """``text`` with comments and the insides of strings replaced by spaces; positions stay."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)

    def spaces(found: re.Match[str]) -> str:
        hidden = re.sub(r"[^\n]", " ", found[0])
        return hidden if found[0].startswith("/") else found[0][0] + hidden[1:-1] + found[0][-1]

    return pattern.sub(spaces, text)


def closing(text: str, opening: int) -> int:
    """Position of the bracket that closes the one at ``opening``."""
    pairs = {"(": ")", "{": "}", "<": ">", "[": "]"}
    open_, close = text[opening], pairs[text[opening]]
    depth = 0
    for position in range(opening, len(text)):
        depth += (text[position] == open_) - (text[position] == close)
        if depth == 0:
            return position
    raise ValueError(f"unbalanced {open_!r}")


def statement_end(text: str, start: int) -> int:
    """End of the statement at ``start``: of its block, or of what its ``for`` or ``if`` governs, or its semicolon."""
    rest = DIRECTIVE.sub(lambda found: " " * len(found[0]), text[start:])
    start += len(rest) - len(rest.lstrip())
    if text[start] == "{":
        return closing(text, start) + 1
    if governed := re.match(r"(?:for|if) ?\(", text[start:]):
        return statement_end(text, closing(text, start + governed.end() - 1) + 1)
    return text.index(";", start) + 1


def split_arguments(text: str) -> list[str]:
    """Split at commas outside brackets."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "(<[{") - (character in ")>]}")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts if part.strip()]


def functions_in(file: str, text: str) -> Iterator[Function]:
    """Every function body of a file, those of namespaces' and classes' members too."""
    code = DIRECTIVE.sub(lambda found: " " * len(found[0]), text)
    position = start = 0
    while position < len(code):
        if code[position] in ";}":
            start = position + 1
        elif code[position] == "{":
            header = " ".join(code[start:position].split())
            header = re.sub(r"^(?:public|private|protected): ", "", header)
            end = closing(code, position)
            if function := _function(file, header, text[position + 1 : end]):
                yield function
                position = end
            elif not re.match(r"(?:namespace|(?:template <.*> ?)?(?:struct|class))\b", header):
                position = end  # an initializer
            start = position + 1
        position += 1


def _function(file: str, header: str, body: str) -> Function | None:
    is_type = re.search(r"(?:^|> )(?:struct|class|namespace)\b", header)
    found = re.search(r"([~\w]+|operator\S+) ?\(", header)
    if is_type or "=" in header.split("(", maxsplit=1)[0] or not found:
        return None
    close = closing(header, found.end() - 1)
    parameters = tuple(
        Parameter(names[-1] if (names := re.findall(r"\w+", re.sub(r"\[.*", "", part).rstrip(")&* "))) else "", part)
        for part in split_arguments(header[found.end() : close])
    )
    return Function(file, found[1], parameters, body, "constexpr" in header)


def calls_in(body: str) -> Iterator[tuple[str, list[str]]]:
    """Every call: the function's name without namespace and template arguments, and the arguments' text."""
    for found in re.finditer(r"(\w+) ?(?=[(<])", body):
        opening = found.end()
        if body[opening] == "<":
            if not re.match(r"<[\w:,<> +*\-]*>\(", body[opening:]):
                continue
            opening = closing(body, opening) + 1
            if opening >= len(body) or body[opening] != "(":
                continue
        if found[1] not in KEYWORDS:
            yield found[1], split_arguments(body[opening + 1 : closing(body, opening)])


def _forbidden(file: str, original: str, text: str) -> Iterator[str]:
    for include in re.findall(r"^#include (.*)$", original, re.MULTILINE):
        if not ALLOWED_INCLUDES.fullmatch(include.strip()):
            yield f"{file}: includes {include}"
    for word in sorted(set(FORBIDDEN.findall(DIRECTIVE.sub("", text)))):
        yield f"{file}: uses '{word}'"


def _recursion(functions: list[Function]) -> Iterator[str]:
    graph: dict[str, set[str]] = {}
    for function in functions:
        graph.setdefault(function.name, set()).update(function.calls)
    for name, callees in graph.items():
        reached, front = set(), set(callees)
        while front:
            reached |= front
            front = {callee for caller in front for callee in graph.get(caller, ())} - reached
        if name in reached:
            yield f"'{name}' is recursive"


def _by_value(function: Function) -> Iterator[str]:
    for parameter in function.parameters:
        if parameter.is_stream:
            end = closing(parameter.text, parameter.text.index("<"))
            if not re.fullmatch(r"& ?\w+", parameter.text[end + 1 :].strip()):
                yield f"{function.file}: '{function.name}' does not take stream '{parameter.name}' by reference"


def _loops(function: Function) -> Iterator[str]:
    where = f"{function.file}: '{function.name}'"
    if function.is_constexpr:
        return
    if re.search(r"\b(?:while|do)\b", function.body):
        yield f"{where} has a while loop"
    here = function.pragmas()
    unrolled = "INLINE" in here or any(pragma.startswith("PIPELINE") for pragma in here)
    for loop in function.loops:
        bounds = LOOP.fullmatch(loop.header)
        if not bounds or not (CONSTANT.fullmatch(bounds[2]) or bounds[2] in function.constants):
            yield f"{where} has a loop without constant bounds: for ({loop.header})"
        if loop in function.outer_loops and not unrolled and FULL_SPEED.format(" rewind") not in function.pragmas(loop):
            yield f"{where} has a loop that is neither pipelined with II=1 nor unrolled"


def _directions(functions: list[Function]) -> dict[tuple[str, int], set[str]]:
    """(function, parameter index) -> whether the stream there is read or written, through all calls."""
    found: dict[tuple[str, int], set[str]] = {}
    passed: list[tuple[tuple[str, int], tuple[str, int]]] = []
    for function in functions:
        for index, parameter in enumerate(function.parameters):
            if not parameter.is_stream:
                continue
            ways = found.setdefault((function.name, index), set())
            ways |= {way for way in ("read", "write") if re.search(rf"\b{parameter.name}\.{way}\(", function.body)}
            passed += [
                ((function.name, index), (callee, position))
                for callee, arguments in calls_in(function.body)
                for position, argument in enumerate(arguments)
                if argument == parameter.name
            ]
    for _ in functions:
        for outer, inner in passed:
            found[outer] |= found.get(inner, set())
    return found


def _dataflow(functions: list[Function], top: str) -> Iterator[str]:
    regions = [f for f in functions if any(pragma.startswith("DATAFLOW") for pragma in f.pragmas())]
    if [region.name for region in regions] != [top]:
        yield f"the DATAFLOW regions are {[region.name for region in regions]}, not '{top}' alone"
        return
    (region,) = regions
    by_name = {function.name: function for function in functions}
    directions = _directions(functions)
    processes = {name for name, _ in calls_in(region.body)}
    for function in functions:
        is_helper = function.name not in {top, *processes} and not function.is_constexpr
        if is_helper and function.body.strip() and "INLINE" not in function.pragmas():
            yield f"{function.file}: '{function.name}' is neither a process nor inlined into one"
    streams = {p.name: {"read": 0, "write": 0} for p in region.parameters if p.is_stream}
    ports, pragmas = set(streams), region.pragmas()
    for port in ports:
        if f"INTERFACE mode=axis port={port}" not in pragmas:
            yield f"'{top}': port '{port}' is not declared axis"
    if "INTERFACE mode=ap_ctrl_none port=return" not in pragmas:
        yield f"'{top}' is not ap_ctrl_none"
    for statement in filter(None, (s.strip() for s in DIRECTIVE.sub("", region.body).split(";"))):
        if declared := re.fullmatch(r'hls::stream<ap_uint<\d+> > (\w+)\(" *"\)', statement):
            streams[declared[1]] = {"read": 0, "write": 0}
            if not any(re.fullmatch(rf"STREAM variable={declared[1]} depth=\d+", pragma) for pragma in pragmas):
                yield f"'{top}': stream '{declared[1]}' has no depth"
            continue
        call = re.fullmatch(r"(\w+)\(([\w, ]*)\)", statement)
        if not call or call[1] not in by_name:
            yield f"'{top}': not a stream or a call in canonical form: {statement}"
            continue
        yield from _process(by_name[call[1]])
        for index, argument in enumerate(split_arguments(call[2])):
            ways = directions.get((call[1], index), set())
            if argument not in streams or len(ways) != 1:
                yield f"'{top}': '{call[1]}' neither just reads nor just writes '{argument}'"
                continue
            (way,) = ways
            if way == "read" and argument not in ports and not streams[argument]["write"]:
                yield f"'{top}': '{call[1]}' reads '{argument}' before it is written"
            streams[argument][way] += 1
    for name, count in streams.items():
        wanted = 1 if name in ports else 2
        if sum(count.values()) != wanted or max(count.values()) > 1:
            yield f"'{top}': stream '{name}' has {count['write']} producers and {count['read']} consumers"


def _process(function: Function) -> Iterator[str]:
    where = f"{function.file}: process '{function.name}'"
    pragmas = function.pragmas()
    if "INLINE" in pragmas:
        yield f"{where} is inlined"
    if len(function.loops) > 1:
        yield f"{where} has more than one loop"
    if not function.loops and FULL_SPEED.format("") not in pragmas:
        yield f"{where} is not pipelined with II=1"
    if function.loops:
        loop = function.loops[0]
        before, after = function.body[: loop.start], function.body[loop.end :]
        if re.search(r"\.(?:read|write)\(|\bif\b", before) or DIRECTIVE.sub("", after).strip():
            yield f"{where} does more than its loop"
