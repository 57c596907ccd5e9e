"""The loop over clock cycles behind ``stream_simulation.py``, compiled: numbers in flat arrays, no data in the beats.

A stage's registers, as the RTL has them: ``inner`` pipeline registers (the bits of ``pipeline``), which all move in a cycle
or none, and one at each output (``at_output``, by stream; a beat's copies leave on their own). When they move:

- ``PLAIN``: unless an output holds a beat that is not taken in this cycle.
- ``SKID``: the output has a second entry, ``spare``, for a beat that finds it full. They move while that is empty, which
  does not depend on what is taken in this cycle.
- ``EMPTIED``: a step that gives a beat waits until the output is empty, others never wait.

A FIFO of ``depth`` beats has a register of its own behind it (``behind_fifo``), and tells by registers alone whether it is
full and whether it holds a beat. So if in each cycle the stages are gone through from the last to the first, each finds
what its readers do in this cycle, and what its producers did up to the one before.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[Any]

SOURCE, SINK, STEPS, BUFFERED, LINE = range(5)
"""Kinds of stages: the first, the last, those of ``Schedule``."""
PLAIN, SKID, EMPTIED = range(3)
"""Kinds of output registers."""
FOREVER = 1 << 30
"""A patience that never ends."""
DONE, DEADLOCK, OUT_OF_TIME = range(3)
"""How a simulation ends."""


@njit(cache=True)
def send_time(frame: int, beat: int, beats: int, period: int) -> int:
    """The cycle in which a source that spreads a frame's beats over ``period`` sends one."""
    return frame * period + beat * period // beats


@njit(cache=True)
def lockstep(needs: Ints, frees: Ints, delay: int) -> Ints:
    """The program of STEPS (see ``simulate``) of a BUFFERED unit that works on one frame after the other.

    In each step it gives a beat if it can, and takes one if it has room: it waits for that one even if it could go on
    without. What it takes can be given ``delay`` steps later. Instead of beats of the next frame it takes none.
    """
    needs = np.minimum(needs, len(frees))
    words = np.zeros((len(needs) + len(frees)) * (delay + 1), np.int64)
    arrived = np.zeros(len(frees), np.int64)
    step, came, left = 0, 0, 0
    while step < len(words) and (came < len(frees) or left < len(needs)):
        gives = left < len(needs) and (
            needs[left] == 0 or (needs[left] <= came and arrived[needs[left] - 1] + delay <= step)
        )
        if came < len(frees) and frees[came] <= left:
            words[step] = 2
            arrived[came] = step
            came += 1
        if gives:
            words[step] += 1
            left += 1
        step += 1
    return words[:step]


@njit(cache=True)
def simulate(
    kinds: Ints,
    outputs: Ints,
    inner: Ints,
    patience: Ints,
    first_input: Ints,
    input_streams: Ints,
    first_output: Ints,
    output_streams: Ints,
    first_word: Ints,
    words: Ints,
    programs: Ints,
    first_free: Ints,
    frees: Ints,
    frame_words: Ints,
    flag_room: int,
    flag_delay: int,
    depths: Ints,
    period: int,
    frames: int,
    last_cycle: int,
) -> tuple[int, Ints, Ints, int, Ints, Ints, Ints]:
    """(how it ended, last cycle of each frame, most beats in each FIFO, most frames on the way, positions, beats held, most
    cycles that each LINE waited for a frame to begin).

    Stage n reads ``input_streams[first_input[n] : first_input[n + 1]]`` and writes such outputs; a stream without a FIFO has
    depth 0. Its program is ``words[n]`` numbers from ``programs[first_word[n]]`` on, and ``frame_words[n]`` numbers from
    ``frees[first_free[n]]`` on; source and sink have ``words`` beats a frame.

    - STEPS: bit 0 of each step says that it gives, bit i + 1 that it takes input i.
    - BUFFERED: ``needs`` and ``frees``.
    - LINE: bit 0 of each place says that a beat enters there, bit 1 that it completes the frame's first window; from that
      place on, up to the last window, each of ``frees`` says whether there is a window.

    The source always sends, or a frame in ``period`` cycles if that is not 0, but no beat while ``flag_room`` frames that it
    has sent are not at their end. The sink always takes, but a frame's last beat not before ``flag_delay`` cycles after the
    frame has left the source.

    Ends when the state at the end of a frame is that at the end of the frame before, or after ``frames`` of them.
    """
    count, streams = len(kinds), len(depths)
    position = np.zeros(count, np.int64)  # of the next step, input beat or place
    leaving = np.zeros(count, np.int64)  # next output beat of a BUFFERED, of ``frees`` of a LINE
    ahead = np.zeros(count, np.int64)  # frames from its output to its input; of a LINE: whether windows are to come
    pipeline = np.zeros(count, np.int64)
    spare = np.zeros(count, np.bool_)
    at_output = np.zeros(streams, np.bool_)
    behind_fifo = np.zeros(streams, np.bool_)
    taken = np.zeros(streams, np.bool_)
    held = np.zeros(streams, np.int64)
    most = np.zeros(streams, np.int64)
    ends = np.zeros(frames, np.int64)
    before = np.zeros(6 * count + streams + 4, np.int64)
    now = np.zeros_like(before)
    # a stage that changed nothing sleeps until a reader takes, or a beat comes
    awake = np.ones(count, np.bool_)
    writer, reader = np.zeros(streams, np.int64), np.zeros(streams, np.int64)
    for n in range(count):
        writer[output_streams[first_output[n] : first_output[n + 1]]] = n
        reader[input_streams[first_input[n] : first_input[n + 1]]] = n
    begun, gaps = np.full(count, 1 << 62, np.int64), np.zeros(count, np.int64)  # when a LINE came to a frame's begin
    started, ended, on_the_way = 0, 0, 0
    flags, next_flags = 0, 0  # frames whose flags are at the sink, and will be in the next cycle
    cycle, status = 0, OUT_OF_TIME
    while cycle < last_cycle:
        active, frame_ended = flags != started, False
        may_send = started - ended < flag_room
        flags, next_flags = (next_flags if flag_delay == 2 else started), started
        for n in range(count - 1, -1, -1):
            if not awake[n]:
                continue
            kind = kinds[n]
            full, left, changed = False, False, False  # outputs before this cycle and after it
            for index in range(first_output[n], first_output[n + 1]):
                stream = output_streams[index]
                full |= at_output[stream]
                changed |= taken[stream]
                if depths[stream]:
                    push = at_output[stream] and held[stream] < depths[stream]
                    pop = held[stream] > 0 and (taken[stream] or not behind_fifo[stream])
                    changed |= push or pop
                    if pop:
                        awake[reader[stream]] = True
                    behind_fifo[stream] = pop or (behind_fifo[stream] and not taken[stream])
                    if push:
                        at_output[stream] = False
                    held[stream] += int(push) - int(pop)
                    most[stream] = max(most[stream], held[stream])
                elif taken[stream]:
                    at_output[stream] = False
                taken[stream] = False
                left |= at_output[stream]
            enable = not spare[n] if outputs[n] == SKID else not full if outputs[n] == EMPTIED else not left

            takes, gives = 0, False
            if kind == SOURCE:
                if enable and may_send and (period == 0 or cycle >= send_time(started, position[n], words[n], period)):
                    gives = True
                    position[n] += 1
                    if position[n] == words[n]:
                        position[n] = 0
                        started += 1
                        on_the_way = max(on_the_way, started - ended)
            elif kind == SINK:
                stream = input_streams[first_input[n]]
                there = behind_fifo[stream] if depths[stream] else at_output[stream]
                if there and (position[n] < words[n] - 1 or flags > ended):
                    takes = 1
                    position[n] += 1
                    if position[n] == words[n]:
                        ends[ended] = cycle
                        position[n], frame_ended = 0, True
                        ended += 1
            elif kind == STEPS:
                word = programs[first_word[n] + position[n]]
                wanted, ready = word >> 1, enable or (outputs[n] == EMPTIED and word & 1 == 0)
                for index in range(first_input[n], first_input[n + 1]):
                    if wanted >> (index - first_input[n]) & 1:
                        stream = input_streams[index]
                        ready &= behind_fifo[stream] if depths[stream] else at_output[stream]
                if ready:
                    takes, gives = wanted, word & 1 == 1
                    changed = True
                    position[n] += 1
                    if position[n] == words[n]:
                        position[n] = 0
            elif kind == BUFFERED:
                stream = input_streams[first_input[n]]
                gone = leaving[n] - ahead[n] * words[n]
                come = position[n] + ahead[n] * frame_words[n]
                if gone >= frees[first_free[n] + position[n]]:
                    takes = int(behind_fifo[stream] if depths[stream] else at_output[stream])
                if enable and come >= programs[first_word[n] + leaving[n]]:
                    gives = True
                    leaving[n] += 1
                    if leaving[n] == words[n]:
                        leaving[n] = 0
                        ahead[n] -= 1
                if takes:
                    position[n] += 1
                    if position[n] == frame_words[n]:
                        position[n] = 0
                        ahead[n] += 1
            elif kind == LINE:
                stream = input_streams[first_input[n]]
                there = behind_fifo[stream] if depths[stream] else at_output[stream]
                word, at_begin = programs[first_word[n] + position[n]], position[n] == 0
                pending = at_begin and ahead[n] == 1 and not there
                if enable or pipeline[n] == 0:
                    step = there or not (at_begin or word & 1)
                    if step or (pending and cycle - begun[n] >= patience[n]):
                        changed = True
                        if ahead[n] == 1 or word & 2:
                            gives = frees[first_free[n] + leaving[n]] == 1
                            leaving[n] += 1
                            ahead[n] = 1
                            if leaving[n] == frame_words[n]:
                                leaving[n], ahead[n] = 0, 0
                    if step:
                        takes = word & 1
                        if at_begin:
                            gaps[n] = max(gaps[n], cycle - begun[n])
                        position[n] += 1
                        if position[n] == words[n]:
                            position[n], begun[n] = 0, cycle + 1
                changed |= pending and cycle - begun[n] < patience[n] < FOREVER

            changed |= gives or takes != 0
            for index in range(first_input[n], first_input[n + 1]):
                if takes >> (index - first_input[n]) & 1:
                    stream = input_streams[index]
                    taken[stream] = awake[writer[stream]] = True
            if kind != SINK:
                arrives = gives
                if inner[n] > 0:
                    moves = enable or (kind == LINE and pipeline[n] == 0)
                    arrives = enable and pipeline[n] >> (inner[n] - 1) & 1 == 1
                    changed |= moves and pipeline[n] != 0
                    if moves:
                        pipeline[n] = (pipeline[n] << 1 | int(gives)) & ((1 << inner[n]) - 1)
                arrives |= spare[n]
                if left:
                    spare[n] = arrives
                elif arrives:
                    spare[n], changed = False, True
                    for index in range(first_output[n], first_output[n + 1]):
                        stream = output_streams[index]
                        at_output[stream] = awake[reader[stream]] = True
            active |= changed
            awake[n] = changed or kind == SOURCE or kind == SINK  # noqa: PLR1714 - a compiled comparison

        cycle += 1
        if not active:
            wanted = send_time(started, position[0], words[0], period) if period else 0
            if wanted < cycle:
                status = DEADLOCK
                break
            cycle = wanted
        if frame_ended:
            place = 0
            for part in (position, leaving, ahead, pipeline):
                now[place : place + count] = part
                place += count
            for n in range(count):
                now[place + n] = spare[n]
                waits = kinds[n] == LINE and ahead[n] == 1 and position[n] == 0
                now[place + count + n] = min(cycle - begun[n], patience[n]) if waits else 0
            place += 2 * count
            for stream in range(streams):
                now[place + stream] = int(at_output[stream]) + 2 * int(behind_fifo[stream]) + 4 * held[stream]
            place += streams
            now[place] = started - ended
            now[place + 1], now[place + 2] = started - flags, started - next_flags
            if period:
                now[place + 3] = max(0, send_time(started, position[0], words[0], period) - cycle)
            if ended == frames or (ended > 1 and np.array_equal(before, now)):
                status = DONE
                break
            before, now = now, before
    return status, ends[:ended], most, on_the_way, position, held + at_output + behind_fifo, gaps
