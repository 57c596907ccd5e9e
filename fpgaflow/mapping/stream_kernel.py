"""The loop over clock cycles behind ``stream_simulation.py``, compiled: numbers in flat arrays, no data in the beats.

A stage's registers, as the RTL has them: ``inner`` pipeline registers (the bits of ``pipeline``), which all move in a cycle
or none, and a register at each output (``at_output``, by stream; a beat's copies leave on their own). They move unless an
output holds a beat that is not taken in this cycle. A FIFO of ``depth`` beats has a register of its own behind it
(``behind_fifo``), and tells by registers alone whether it is full and whether it holds a beat. So if in each cycle the
stages are gone through from the last to the first, each finds what its readers do in this cycle, and what its producers did
up to the one before.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[Any]

SOURCE, SINK, STEPS, BUFFERED = range(4)
"""Kinds of stages: the first, the last, the two of ``Schedule``."""
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
    inner: Ints,
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
    depths: Ints,
    period: int,
    frames: int,
    last_cycle: int,
) -> tuple[int, Ints, Ints, int, Ints, Ints, Ints]:
    """(how it ended, last cycle of each frame, most beats in each FIFO, most frames on the way, positions, beats held, most
    cycles between two frames that come into a BUFFERED).

    Stage n reads ``input_streams[first_input[n] : first_input[n + 1]]`` and writes such outputs; a stream without a FIFO has
    depth 0. Its program is ``words[n]`` numbers from ``programs[first_word[n]]`` on: for STEPS bit 0 of each says that it
    gives, bit i + 1 that it takes input i; for BUFFERED they are ``needs``, and ``frees`` are ``frame_words[n]`` numbers from
    ``first_free[n]`` on; source and sink have ``words`` beats a frame. The source always sends, or a frame in ``period``
    cycles if that is not 0; the sink always takes, but no frame that has not left the source.

    Ends when the state at the end of a frame is that at the end of the frame before, or after ``frames`` of them.
    """
    count, streams = len(kinds), len(depths)
    position = np.zeros(count, np.int64)  # of the next step, or input beat
    leaving = np.zeros(count, np.int64)  # next output beat of a BUFFERED
    ahead = np.zeros(count, np.int64)  # frames from its output to its input
    pipeline = np.zeros(count, np.int64)
    at_output = np.zeros(streams, np.bool_)
    behind_fifo = np.zeros(streams, np.bool_)
    taken = np.zeros(streams, np.bool_)
    held = np.zeros(streams, np.int64)
    most = np.zeros(streams, np.int64)
    ends = np.zeros(frames, np.int64)
    before = np.zeros(4 * count + streams + 2, np.int64)
    now = np.zeros_like(before)
    # a stage that changed nothing sleeps until a reader takes, or a beat comes
    awake = np.ones(count, np.bool_)
    writer, reader = np.zeros(streams, np.int64), np.zeros(streams, np.int64)
    for n in range(count):
        writer[output_streams[first_output[n] : first_output[n + 1]]] = n
        reader[input_streams[first_input[n] : first_input[n + 1]]] = n
    last_taken, gaps = np.full(count, 1 << 62, np.int64), np.zeros(count, np.int64)
    started, ended, on_the_way = 0, 0, 0
    cycle, status = 0, OUT_OF_TIME
    while cycle < last_cycle:
        active, frame_ended = False, False
        for n in range(count - 1, -1, -1):
            if not awake[n]:
                continue
            kind = kinds[n]
            free, changed = True, False
            for index in range(first_output[n], first_output[n + 1]):
                stream = output_streams[index]
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
                free &= not at_output[stream]

            takes, gives = 0, False
            if kind == SOURCE:
                if free and (period == 0 or cycle >= send_time(started, position[n], words[n], period)):
                    gives = True
                    position[n] += 1
                    if position[n] == words[n]:
                        position[n] = 0
                        started += 1
                        on_the_way = max(on_the_way, started - ended)
            elif kind == SINK:
                stream = input_streams[first_input[n]]
                if started > ended and (behind_fifo[stream] if depths[stream] else at_output[stream]):
                    takes = 1
                    position[n] += 1
                    if position[n] == words[n]:
                        ends[ended] = cycle
                        position[n], frame_ended = 0, True
                        ended += 1
            elif kind == STEPS and free:
                word = programs[first_word[n] + position[n]]
                wanted, ready = word >> 1, True
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
                left = leaving[n] - ahead[n] * words[n]
                come = position[n] + ahead[n] * frame_words[n]
                if left >= frees[first_free[n] + position[n]]:
                    takes = int(behind_fifo[stream] if depths[stream] else at_output[stream])
                if free and come >= programs[first_word[n] + leaving[n]]:
                    gives = True
                    leaving[n] += 1
                    if leaving[n] == words[n]:
                        leaving[n] = 0
                        ahead[n] -= 1
                if takes:
                    if position[n] == 0:
                        gaps[n] = max(gaps[n], cycle - last_taken[n])
                    last_taken[n] = cycle
                    position[n] += 1
                    if position[n] == frame_words[n]:
                        position[n] = 0
                        ahead[n] += 1

            changed |= gives or takes != 0
            for index in range(first_input[n], first_input[n + 1]):
                if takes >> (index - first_input[n]) & 1:
                    stream = input_streams[index]
                    taken[stream] = awake[writer[stream]] = True
            if free and kind != SINK:
                leaves = gives
                if inner[n] > 0:
                    changed |= pipeline[n] != 0
                    leaves = pipeline[n] >> (inner[n] - 1) & 1 == 1
                    pipeline[n] = (pipeline[n] << 1 | int(gives)) & ((1 << inner[n]) - 1)
                if leaves:
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
            for stream in range(streams):
                now[place + stream] = int(at_output[stream]) + 2 * int(behind_fifo[stream]) + 4 * held[stream]
            place += streams
            now[place] = started - ended
            if period:
                now[place + 1] = max(0, send_time(started, position[0], words[0], period) - cycle)
            if ended == frames or (ended > 1 and np.array_equal(before, now)):
                status = DONE
                break
            before, now = now, before
    return status, ends[:ended], most, on_the_way, position, held + at_output + behind_fifo, gaps
