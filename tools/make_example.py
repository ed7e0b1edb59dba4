#!/usr/bin/python3
"""Writes examples/canon.json: a score of some thousands of notes, for the demo.

The ground (the eight notes of the bass and their harmonies), the theme of the first violin and the
plan of the piece (three violins in strict canon at two measures, over the ground) are those of
Johann Pachelbel's Canon in D (P. 37, about 1690), which is in the public domain. The divisions are
ours, made by the rules below, as players of the time made theirs.

    tools/make_example.py > examples/canon.json
"""

import json
import sys
from fractions import Fraction

SCALE = ["D", "E", "F#", "G", "A", "B", "C#"]  # D major
OCTAVE_STARTS_AT = SCALE.index("C#")  # scientific pitch counts octaves from C
GROUND = ["D3", "A2", "B2", "F#2", "G2", "D2", "G2", "A2"]
CHORDS = [  # the keyboard's right hand, a chord a quarter
    ["F#4", "A4", "D5"], ["E4", "A4", "C#5"], ["D4", "F#4", "B4"], ["C#4", "F#4", "A4"],
    ["B3", "D4", "G4"], ["A3", "D4", "F#4"], ["B3", "D4", "G4"], ["C#4", "E4", "A4"],
]
# What the canon's divisions ornament, a note a chord: the theme, its answer a third below, and the
# same two a third above.
SKELETONS = [
    ["F#5", "E5", "D5", "C#5", "B4", "A4", "B4", "C#5"],
    ["D5", "C#5", "B4", "A4", "G4", "F#4", "G4", "E4"],
    ["A5", "A5", "F#5", "F#5", "D5", "D5", "D5", "E5"],
]
# Ways to play one chord's quarter: (length in sixteenths, steps of the scale from the skeleton).
FIGURES = [
    [(4, 0)],
    [(2, 0), (2, 2)],
    [(2, 0), (2, -1)],
    [(3, 0), (1, 1)],
    [(2, 0), (1, 1), (1, 2)],
    [(1, 0), (1, 1), (1, 0), (1, -1)],
    [(1, 0), (1, -1), (1, 0), (1, 2)],
    [(1, 0), (1, 2), (1, 1), (1, 2)],
    [(1, 0), (1, -2), (1, -1), (1, 0)],
    [(1, 2), (1, 1), (1, 0), (1, -1)],
    [(1, 0), (1, 2), (1, 4), (1, 2)],
    [(1, 0), (1, -1), (1, -2), (1, -1)],
    [(2, 0), (1, -1), (1, 1)],
    [(1, 0), (2, 2), (1, 0)],
]
GROUND_QUARTERS = len(GROUND)  # two measures of common time


def step_of(pitch):
    """Steps of the scale above C#0, so that neighbours differ by one."""
    name, octave = pitch[:-1], int(pitch[-1])
    return (SCALE.index(name) - OCTAVE_STARTS_AT) % 7 + 7 * octave


def pitch_of(step):
    # C# and D to B of one octave number: C# comes first.
    return SCALE[(step + OCTAVE_STARTS_AT) % 7] + str(step // 7)


def divisions():
    """The leader's line as (start, length, pitch), in quarters from its entry."""
    line, at = [], Fraction(0)
    plan = [(figure, skeleton) for figure in FIGURES for skeleton in SKELETONS]
    for figure, skeleton in plan:
        for target in skeleton:
            for sixteenths, offset in figure:
                length = Fraction(sixteenths, 4)
                line.append((at, length, pitch_of(step_of(target) + offset)))
                at += length
    return line, at


def pair(fraction):
    return [fraction.numerator, fraction.denominator]


def measures(events, first_id, loudness):
    """Groups (start, length, pitch) in quarters into measures of four; starts count from the bar."""
    bars = {}
    for number, (start, length, pitch) in enumerate(events):
        bar = int(start // 4)
        accent = 8 if (start % 4) == 0 else 3 if start.denominator == 1 else 0
        bars.setdefault(bar, []).append({
            "id": f"n{first_id + number}",
            "pitch": pitch,
            "start": pair((start - 4 * bar) / 4),  # in whole notes
            "duration": pair(length / 4),
            "velocity": loudness + accent,
        })
    return [{"number": bar + 1, "notes": bars.get(bar, [])} for bar in range(max(bars) + 1)]


def score():
    line, length = divisions()
    entry = Fraction(GROUND_QUARTERS)
    total = length + 3 * entry
    repeats = int(total // entry) + 1
    voices, next_id = [], 1

    def voice(name, instrument, loudness, events):
        nonlocal next_id
        voices.append({"name": name, "instrument": instrument,
                       "measures": measures(events, next_id, loudness)})
        next_id += len(events)

    for number, name in enumerate(["Violin I", "Violin II", "Violin III"], 1):
        # Nobody plays beyond the end of the ground.
        events = [(start + number * entry, duration, pitch) for start, duration, pitch in line]
        voice(name, "violin", 76 - 4 * number, events)
    voice("Keyboard", "harpsichord", 52,
          [(Fraction(beat) + repeat * entry, Fraction(1), pitch)
           for repeat in range(repeats) for beat, chord in enumerate(CHORDS) for pitch in chord])
    voice("Ground", "cello", 64,
          [(Fraction(beat) + repeat * entry, Fraction(1), pitch)
           for repeat in range(repeats) for beat, pitch in enumerate(GROUND)])
    return {
        "title": "Canon and divisions on Pachelbel's ground",
        "composer": "Johann Pachelbel (1653-1706); divisions written for this example",
        "key": "D major",
        "meter": [4, 4],
        "tempo": 56,
        "voices": voices,
    }


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def print_score(document, out):
    """A note a line: short to read, and to compare."""
    out.write("{\n")
    for key in ("title", "composer", "key", "meter", "tempo"):
        out.write(f'  "{key}": {compact(document[key])},\n')
    out.write('  "voices": [\n')
    for voice_number, voice in enumerate(document["voices"]):
        out.write(f'    {{"name": {compact(voice["name"])}, '
                  f'"instrument": {compact(voice["instrument"])}, "measures": [\n')
        for number, measure in enumerate(voice["measures"]):
            notes = ",\n".join("        " + compact(note) for note in measure["notes"])
            body = f"[\n{notes}]" if notes else "[]"
            comma = "," if number + 1 < len(voice["measures"]) else ""
            out.write(f'      {{"number": {measure["number"]}, "notes": {body}}}{comma}\n')
        out.write("    ]}" + ("," if voice_number + 1 < len(document["voices"]) else "") + "\n")
    out.write("  ]\n}\n")


if __name__ == "__main__":
    print_score(score(), sys.stdout)
