"""The structural checker accepts what the backend writes, and finds what is wrong in spoiled copies of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hls_lib.cases import GROUPS
from tests.hls_lib.check_source import check
from tests.hls_lib.designs import NETWORK, emitted, sources_of


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return sources_of(emitted(NETWORK, tmp_path_factory.mktemp("network")))


def test_generated_code_is_clean(sources: dict[str, str]) -> None:
    assert {stage.unit.kind for stage in NETWORK.stages} == set(GROUPS)
    assert any(stage.unit.cycles == 1 for stage in NETWORK.stages)
    assert check(sources, NETWORK.name) == []


def test_it_sees_every_function(sources: dict[str, str]) -> None:
    without_pipelines = {file: text.replace("PIPELINE", "UNKNOWN") for file, text in sources.items()}
    problems = "\n".join(check(without_pipelines, NETWORK.name))
    for stage in NETWORK.stages:
        assert f"'stage_{stage.name}'" in problems
    assert "'receive_frame'" in problems and "'send_frame'" in problems
    without_inline = {file: text.replace("HLS INLINE", "HLS UNKNOWN") for file, text in sources.items()}
    problems = "\n".join(check(without_inline, NETWORK.name))
    for name in ("dot", "dense_step", "adder_graph_step", "requantize_shift_step", "requantize_comparators_step"):
        assert f"'{name}'" in problems


TOP, DENSE, COMPARE = "src/network.cpp", "src/stages/fc.hpp", "src/stages/compare.hpp"
STEP, PACKED = "include/fpgaflow/dense.hpp", "include/fpgaflow/packed_product.hpp"
FIRST_CALL = "    receive_frame(s_axis, stream_s0, flags);\n"


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (STEP, "    word.advance();", "    int* p = new int; word.advance();", "uses 'new'"),
        (STEP, "    word.advance();", "    throw 1;", "uses 'throw'"),
        (STEP, "    word.advance();", "    std::vector<int> v; word.advance();", "uses 'std::vector'"),
        (STEP, "#include <ap_int.h>", "#include <vector>", "includes <vector>"),
        (STEP, "    word.advance();", "    dense_step(word);", "'dense_step' is recursive"),
        (STEP, "> >& input,", "> > input,", "does not take stream 'input' by reference"),
        (STEP, "> >& input,", "> >* input,", "does not take stream 'input' by reference"),
        (STEP, "p < Pe;", "p < word.index();", "loop without constant bounds"),
        (PACKED, "constexpr int dsps", "const int dsps", "loop without constant bounds"),
        (PACKED, "dsp < dsps;", "dsp < word;", "loop without constant bounds"),
        (STEP, "    word.advance();", "    while (true) word.advance();", "has a while loop"),
        (STEP, "#pragma HLS INLINE\n", "", "'dense_step' is neither a process nor inlined into one"),
        (DENSE, "II=1 rewind style=flp", "II=2 rewind style=flp", "neither pipelined with II=1 nor unrolled"),
        (DENSE, "II=1 rewind style=flp", "II=1 style=flp", "neither pipelined with II=1 nor unrolled"),
        (DENSE, "II=1 rewind style=flp", "II=1 rewind", "neither pipelined with II=1 nor unrolled"),
        (COMPARE, "PIPELINE II=1 style=flp", "PIPELINE II=1", "is not pipelined with II=1"),
        (DENSE, "    for (int", "    input.read();\n    for (int", "does more than its loop"),
        (DENSE, "    for (int", "    for (int i = 0; i < 3; ++i) {\n    }\n    for (int", "more than one loop"),
        (TOP, FIRST_CALL, "", "stream 'stream_s0' has 0 producers"),
        (TOP, FIRST_CALL, FIRST_CALL * 2, "stream 'stream_s0' has 2 producers"),
        (TOP, FIRST_CALL, FIRST_CALL.replace("s_axis, stream_s0", "s_axis, stream_s1"), "'stream_s0' has 0 producers"),
        (TOP, FIRST_CALL, "    if (true) " + FIRST_CALL, "not a stream or a call in canonical form"),
        (TOP, FIRST_CALL, "    int i = 0;\n" + FIRST_CALL, "not a stream or a call in canonical form"),
        (TOP, FIRST_CALL, "    unknown(stream_s0);\n", "not a stream or a call in canonical form"),
        (TOP, "#pragma HLS STREAM variable=stream_s0 depth=2\n", "", "stream 'stream_s0' has no depth"),
        (TOP, "#pragma HLS DATAFLOW disable_start_propagation\n", "", "the DATAFLOW regions are []"),
        (TOP, "#pragma HLS INTERFACE mode=ap_ctrl_none port=return\n", "", "is not ap_ctrl_none"),
        (TOP, "#pragma HLS INTERFACE mode=axis port=m_axis\n", "", "port 'm_axis' is not declared axis"),
        (TOP, "#pragma HLS PIPELINE II=1 rewind style=flp\n", "", "neither pipelined"),
    ],
)
def test_spoiled_code_is_found(sources: dict[str, str], file: str, old: str, new: str, message: str) -> None:
    assert old in sources[file]
    problems = check({**sources, file: sources[file].replace(old, new, 1)}, NETWORK.name)
    assert any(message in problem for problem in problems), problems


def test_order_of_stages(sources: dict[str, str]) -> None:
    last = "    send_frame("
    start = sources[TOP].index(FIRST_CALL)
    end = sources[TOP].index(last)
    swapped = sources[TOP][:start] + sources[TOP][start + len(FIRST_CALL) : end] + FIRST_CALL + sources[TOP][end:]
    assert any(
        "reads 'stream_s0' before it is written" in problem for problem in check({**sources, TOP: swapped}, "network")
    )


def test_comments_and_strings_do_not_count(sources: dict[str, str]) -> None:
    text = sources[STEP].replace("    word.advance();", '    word.advance();  // new std::vector, "throw"')
    assert check({**sources, STEP: text}, NETWORK.name) == []


def test_library_headers_are_short(sources: dict[str, str]) -> None:
    for file, text in sources.items():
        if file.startswith("include/"):
            assert len(text.splitlines()) <= 150, file
            assert text.startswith("// ") and "Why it exists" in text and "hang" in text, Path(file).name
