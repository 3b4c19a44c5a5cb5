"""Starts a part of the lab's engine with the arguments of a program, after a parser of the original's kind has accepted them.

Usage: argv.py serve|router TABLE ARGUMENT..., where TABLE is a JSON file of the flags that the original has. The part gets what
was given as JSON. An argument that is not accepted ends it as argparse does: usage and exit code 2.
"""

import argparse
import json
import os
import pathlib
import re
import sys

ENGINE = pathlib.Path(__file__).with_name("vllm.cjs")
NODE = os.environ.get("LAB_NODE", "/usr/local/bin/node")
COMMANDS = ("chat", "complete", "serve", "launch", "bench", "collect-env", "run-batch")
SUFFIXES = {"k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
BOUNDS = (
    ("ge", lambda value, bound: value >= bound, "greater than or equal to"),
    ("gt", lambda value, bound: value > bound, "greater than"),
    ("le", lambda value, bound: value <= bound, "less than or equal to"),
    ("lt", lambda value, bound: value < bound, "less than"),
)


def main(part, table, argv):
    table = json.loads(pathlib.Path(table).read_text())
    given = serve(table, argv) if part == "serve" else router(table, argv)
    # the router takes a title that goes over its environment, unless setproctitle is asked not to
    env = os.environ if part == "serve" or os.environ.get("SPT_NOENV") else {}
    os.execve(NODE, [NODE, str(ENGINE), part, json.dumps(given)], env)


def serve(table, argv):
    parser = argparse.ArgumentParser(prog="vllm", description="vLLM CLI")
    parser.add_argument("-v", "--version", action="version", version=table["version"].lstrip("v"))
    commands = parser.add_subparsers(dest="subparser")
    parsers = {name: commands.add_parser(name) for name in COMMANDS if name != "serve"}
    parsers["serve"] = commands.add_parser("serve", usage="vllm serve [model_tag] [options]")
    parsers["serve"].add_argument("model_tag", nargs="?")
    for name, flag in table["flags"].items():
        add(parsers["serve"], name, flag, table["jsonKeys"].get(name))
    values = vars(parser.parse_args(flexible(argv)))
    if values.pop("subparser") != "serve":
        sys.exit("the lab's vllm has only `serve`")
    check_bounds(values, table["flags"])
    return {"version": table["version"], **given(values)}


def router(table, argv):
    parser = argparse.ArgumentParser(prog="vllm-router")
    for name, flag in table["flags"].items():
        add(parser, name, flag, None)
    return given(vars(parser.parse_args(argv)))


def given(values):
    return {name.replace("_", "-"): value for name, value in values.items() if value is not None}


def add(parser, name, flag, keys):
    names = [name, *flag.get("aliases", [])]
    kind = flag["type"]
    if kind == "switch":
        parser.add_argument(*names, action="store_true", default=None)
    elif kind == "flag":
        parser.add_argument(*names, action=argparse.BooleanOptionalAction, default=None)
    else:
        options = {"type": json_type(keys) if kind == "json" else TYPES[kind]}
        if "choices" in flag:
            options["choices"] = flag["choices"]
        if flag.get("many"):
            options["nargs"] = "+"
        if flag.get("append"):
            options["action"] = "append"
        if flag.get("optional"):
            options.update(nargs="?", const=True)
        parser.add_argument(*names, **options)


def human(value):
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([kKmMgGtT])", value.strip())
    if match is None:
        return -1 if value.strip().lower() == "auto" else int(value)
    number, suffix = match.groups()
    if suffix.isupper() and "." in number:
        raise argparse.ArgumentTypeError(f"Decimals are not allowed with binary suffixes like {suffix}.")
    return int(float(number) * SUFFIXES[suffix])


def json_type(keys):
    def parse(value):
        try:
            found = json.loads(value)
        except ValueError:
            raise argparse.ArgumentTypeError(f"1 validation error: Invalid JSON [input_value={value!r}]") from None
        unknown = [key for key in found if key not in keys] if keys and isinstance(found, dict) else []
        if unknown:
            raise argparse.ArgumentTypeError(f"1 validation error: {unknown[0]}: Unexpected keyword argument")
        return found

    return parse


TYPES = {"int": int, "float": float, "text": str, "human": human}


def check_bounds(values, flags):
    for name, flag in flags.items():
        value = values.get(name[2:].replace("-", "_"))
        for word, holds, text in BOUNDS:
            if word in flag and isinstance(value, (int, float)) and not holds(value, flag[word]):
                error = f"1 validation error\n{name[2:]}\n  Input should be {text} {flag[word]} [input_value={value}]"
                sys.exit(f"pydantic_core._pydantic_core.ValidationError: {error}")


def flexible(argv):
    """`_` is `-` in names, -O3 is a level, and --x.key VALUE are keys of the JSON of --x."""
    words, dotted = [], {}
    rest = list(argv)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if re.match(r"-O.", word):
            words += ["--optimization-level", word[2:].lstrip("=")]
        elif name.startswith("-") and "." in name and not re.match(r"-[\d.]", name):
            head, *keys = name.split(".")
            value = value if equals else rest.pop(0) if rest else ""
            put(dotted.setdefault(dashed(head), {}), keys, value)
        elif name.startswith("--"):
            words.append(dashed(name) + equals + value)
        else:
            words.append(word)
    return words + [part for name, value in dotted.items() for part in (name, json.dumps(value))]


def dashed(name):
    return name.replace("_", "-")


def put(target, keys, value):
    *outer, last = keys
    for key in outer:
        target = target.setdefault(key, {})
    try:
        target[last] = json.loads(value)
    except ValueError:
        target[last] = human(value) if re.fullmatch(r"\d+(\.\d+)?[kKmMgGtT]", value) else value


main(sys.argv[1], sys.argv[2], sys.argv[3:])
