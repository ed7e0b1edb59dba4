"""break_rule.py names: the rules, for CMake: NAME:COMPILED;…
break_rule.py SOURCES NAME FOLDER: writes the file with rule NAME broken to FOLDER, under its path."""

import pathlib
import sys

from rules import RULES


def main() -> int:
    if sys.argv[1] == "names":
        print(";".join(f"{rule.name}:{rule.compiled or rule.file}" for rule in RULES), end="")
        return 0
    sources, name, folder = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
    rule = next(rule for rule in RULES if rule.name == name)
    text = (sources / rule.file).read_text()
    if text.count(rule.find) != 1:
        print(f"{rule.name}: in {rule.file} this should stand exactly once:\n{rule.find}\n"
              "Say in tests/sabotage/rules.py where the rule stands now.", file=sys.stderr)
        return 1
    broken = {rule.file: text.replace(rule.find, rule.instead)}
    if rule.compiled:
        broken[rule.compiled] = (sources / rule.compiled).read_text()
    for path, content in broken.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
