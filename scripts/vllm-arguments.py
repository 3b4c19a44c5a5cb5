"""Prints as JSON which arguments `vllm serve` of a source tree has, from the definitions in its code; nothing of it is run.

Usage: vllm-arguments.py DIR [NAME=VALUE ..], where NAME=VALUE are put in front of the answer, such as version=v0.27.1.
"""

import ast
import json
import pathlib
import sys

FRONT = "vllm/entrypoints/openai/cli_args.py"
ENGINE = "vllm/engine/arg_utils.py"
VARIABLES = "vllm/envs.py"
CONNECTORS = "vllm/distributed/kv_transfer/kv_connector/factory.py"
# arg_utils.py reads these as numbers with a suffix
HUMAN = {
    "max_model_len",
    "max_num_batched_tokens",
    "max_num_scheduled_tokens",
    "kv_cache_memory_bytes",
    "safetensors_prefetch_block_size",
}
JSON_ARGUMENTS = {
    "--attention-config": "AttentionConfig",
    "--compilation-config": "CompilationConfig",
    "--eplb-config": "EPLBConfig",
    "--kv-events-config": "KVEventsConfig",
    "--kv-transfer-config": "KVTransferConfig",
    "--profiler-config": "ProfilerConfig",
    "--speculative-config": "SpeculativeConfig",
}


def main(root, given):
    tree = Tree(pathlib.Path(root))
    flags = sorted(arguments(tree), key=lambda flag: flag["name"])
    keys = {flag: json_keys(tree, name) for flag, name in JSON_ARGUMENTS.items()}
    named = dict(pair.split("=", 1) for pair in given)
    answer = {**named, "flags": flags, "jsonKeys": keys, "variables": variables(tree), "connectors": connectors(tree)}
    print(json.dumps(answer, indent=1))


class Tree:
    """The classes and the names for types of a source tree."""

    def __init__(self, root):
        self.root = root
        self.classes = {}
        self.aliases = {}
        for path in [*sorted((root / "vllm/config").glob("*.py")), root / ENGINE, root / FRONT]:
            self.collect(ast.parse(path.read_text()).body)

    def read(self, path):
        return ast.parse((self.root / path).read_text())

    def collect(self, statements):
        for node in statements:
            if isinstance(node, ast.ClassDef):
                self.classes[node.name] = node
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                self.aliases.setdefault(node.targets[0].id, node.value)
            elif isinstance(node, ast.AnnAssign) and node.value is not None and isinstance(node.target, ast.Name):
                self.aliases.setdefault(node.target.id, node.value)
            elif isinstance(node, ast.If):
                # what counts at run time is the other branch
                checking = isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
                self.collect(node.orelse if checking else node.body)

    def fields(self, name):
        """Name -> (annotation, default), those of base classes first."""
        found = {}
        node = self.classes[name]
        for base in node.bases:
            if isinstance(base, ast.Name) and base.id in self.classes:
                found.update(self.fields(base.id))
        for field in node.body:
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                if not field.target.id.startswith("_") and not ast.unparse(field.annotation).startswith("ClassVar"):
                    found[field.target.id] = (field.annotation, field.value)
        return found

    def hints(self, node):
        """The types that an annotation stands for, one by one."""
        if isinstance(node, ast.BinOp):
            return self.hints(node.left) + self.hints(node.right)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return self.hints(ast.parse(node.value, mode="eval").body)
        if isinstance(node, ast.Subscript):
            outer = ast.unparse(node.value)
            inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            if outer == "Union":
                return [hint for one in inner for hint in self.hints(one)]
            if outer == "Optional":
                return [*self.hints(inner[0]), ast.Constant(None)]
            if outer in ("Annotated", "SkipValidation"):
                return self.hints(inner[0])
        if isinstance(node, ast.Name) and node.id in self.aliases:
            alias = self.aliases[node.id]
            if isinstance(alias, (ast.Subscript, ast.BinOp, ast.Name)):
                return self.hints(alias)
        return [node]

    def literals(self, node):
        """The values of a Literal, which may contain others."""
        values = []
        for one in node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]:
            if isinstance(one, ast.Constant):
                values.append(one.value)
            else:
                for hint in self.hints(one):
                    values.extend(self.literals(hint) if isinstance(hint, ast.Subscript) else [])
        return values


def arguments(tree):
    yield from [added(call, {}) for call in calls(function(tree.read(FRONT), "make_arg_parser"))]
    for name, (annotation, default) in tree.fields("FrontendArgs").items():
        yield {"name": flag_of(name), **field_kind(tree, name, annotation, default)}
    for cls in ("EngineArgs", "AsyncEngineArgs"):
        method = function(tree.classes[cls], "add_cli_args")
        known = {}
        for node in ast.walk(method):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                if ast.unparse(node.value.func) == "get_kwargs":
                    fields = tree.fields(ast.unparse(node.value.args[0]))
                    known[node.targets[0].id] = {name: field_kind(tree, name, *of) for name, of in fields.items()}
        override(method, known)
        yield from [argument for call in calls(method) if (argument := added(call, known)) is not None]


def json_keys(tree, name):
    """Of an argument that is JSON, by key; absent: the version has no such class."""
    if name not in tree.classes:
        return {}
    kinds = {key: field_kind(tree, key, *of) for key, of in sorted(tree.fields(name).items())}
    return {key: {part: value for part, value in kind.items() if part != "default"} for key, kind in kinds.items()}


def override(method, known):
    """Kinds that the code replaces: `x_kwargs["name"]["type"] = optional_type(json.loads)`."""
    for node in ast.walk(method):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            parts = ast.unparse(node.targets[0]).replace("]", "").replace("'", "").split("[")
            if len(parts) == 3 and parts[2] == "type" and parts[0] in known and "json" in ast.unparse(node.value):
                known[parts[0]][parts[1]] = {"type": "json"}


def function(node, name):
    return next(one for one in ast.walk(node) if isinstance(one, ast.FunctionDef) and one.name == name)


def calls(node):
    return [
        one
        for one in ast.walk(node)
        if isinstance(one, ast.Call)
        and isinstance(one.func, ast.Attribute)
        and one.func.attr == "add_argument"
        and one.args
        and isinstance(one.args[0], ast.Constant)
        and one.args[0].value.startswith("-")
    ]


def added(call, known):
    names = [one.value for one in call.args if isinstance(one, ast.Constant)]
    name = next(one for one in names if one.startswith("--"))
    aliases = [one for one in names if one != name]
    kind = None
    given = {}
    for keyword in call.keywords:
        if keyword.arg is not None:
            given[keyword.arg] = keyword.value
            continue
        for node in ast.walk(keyword.value):
            if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id in known:
                kind = known[node.value.id].get(node.slice.value)
    if kind is None:
        kind = written_kind(given)
    elif "choices" in given:
        kind = {**kind, **literal_choices(given["choices"])}
    return {"name": name, **({"aliases": aliases} if aliases else {}), **kind}


def written_kind(given):
    action = ast.unparse(given["action"]) if "action" in given else ""
    if "store_true" in action:
        return {"type": "switch"}
    if "BooleanOptionalAction" in action:
        return {"type": "flag"}
    written = ast.unparse(given["type"]) if "type" in given else "str"
    kind = {"type": {"int": "int", "float": "float"}.get(written, "json" if "json" in written else "text")}
    if "choices" in given:
        kind.update(literal_choices(given["choices"]))
    if "nargs" in given:
        kind["many"] = True
    return kind


def literal_choices(node):
    """Nothing where the code computes them."""
    try:
        return {"choices": ast.literal_eval(node)}
    except ValueError:
        return {}


def field_kind(tree, name, annotation, default):
    hints = tree.hints(annotation)
    kind = kind_of(tree, name, hints)
    kind.update(limits(annotation), **limits(default))
    if isinstance(default, ast.Constant) and isinstance(default.value, (bool, int, float, str)):
        kind["default"] = default.value
    return kind


def kind_of(tree, name, hints):
    words = [ast.unparse(hint) for hint in hints]
    literal = next((hint for hint in hints if ast.unparse(hint).startswith("Literal[")), None)
    collection = next((hint for hint in hints if ast.unparse(hint).split("[")[0] in ("list", "set", "tuple")), None)
    if any(word in tree.classes and is_config(tree.classes[word]) for word in words):
        return {"type": "json"}
    if set(words) == {"bool", "str", "None"}:
        return {"type": "text", "optional": True}
    if "bool" in words:
        return {"type": "flag"}
    if literal is not None:
        choices = tree.literals(literal)
        kind = {"type": "int" if isinstance(choices[0], int) else "text"}
        return kind if "str" in words else {**kind, "choices": sorted(set(choices))}
    if collection is not None:
        element = collection.slice.elts[0] if isinstance(collection.slice, ast.Tuple) else collection.slice
        return {**kind_of(tree, "", tree.hints(element)), "many": True}
    if "int" in words:
        return {"type": "human" if name in HUMAN else "int"}
    if "float" in words:
        return {"type": "float"}
    if any(word.split("[")[0] == "dict" for word in words):
        # text in braces is taken as JSON all the same
        is_text = "str" in words or any(word not in BUILT_IN for word in words)
        return {"type": "text", "mayBeJson": True} if is_text else {"type": "json"}
    return {"type": "text"}


BUILT_IN = {"None", "dict", "dict[str, Any]", "dict[str, int]", "dict[str, str]", "dict[str, list[int]]"}


def is_config(node):
    return any("config" in ast.unparse(one) or "dataclass" in ast.unparse(one) for one in node.decorator_list)


def limits(node):
    """`Field(ge=1)`, in an annotation or as the default."""
    found = {}
    for call in ast.walk(node) if node is not None else []:
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "Field":
            for keyword in call.keywords:
                if keyword.arg in ("ge", "gt", "le", "lt"):
                    found[keyword.arg] = ast.literal_eval(keyword.value)
    return found


def flag_of(name):
    return "--" + name.replace("_", "-")


def variables(tree):
    for node in tree.read(VARIABLES).body:
        targets = [node.target] if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [])
        if any(isinstance(one, ast.Name) and one.id == "environment_variables" for one in targets):
            return sorted(key.value for key in node.value.keys if isinstance(key, ast.Constant))
    raise SystemExit(f"{VARIABLES} has no environment_variables")


def connectors(tree):
    found = set()
    for node in ast.walk(tree.read(CONNECTORS)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("register_connector"):
            if node.args and isinstance(node.args[0], ast.Constant):
                found.add(node.args[0].value)
    return sorted(found)


main(sys.argv[1], sys.argv[2:])
