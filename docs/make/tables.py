"""Tables that are printed from what they describe: the options of a verb, the schema of a file."""

import json
from importlib.resources import files
from typing import Any

import typer

from mixtura.cli.app import app


def options_of(verb: str) -> str:
    """The arguments and options of a verb, as a table."""
    group: Any = typer.main.get_command(app)
    rows = [_option(parameter) for parameter in group.commands[verb].params]
    return _table(("Argument or option", "Default", "What it is"), rows)


def _option(parameter: Any) -> tuple[str, str, str]:
    if parameter.param_type_name == "argument":
        default = "required" if parameter.required else ""
        return f"`{parameter.name.upper()}`", default, parameter.help
    names = ", ".join(f"`{name}`" for name in sorted(parameter.opts, key=len))
    if parameter.is_flag:
        return names, "off", parameter.help
    default = "required" if parameter.required else parameter.default
    return names, "" if default is None else f"{default}", parameter.help


def entries_of_schema() -> str:
    """The entries of a model file, as a table."""
    schema = schema_of_models()
    return _table(("Entry", "Holds", "What it is"), list(_entries(schema, schema["$defs"], "")))


def schema_of_models() -> Any:
    """The JSON schema of model files."""
    return json.loads(schema_text())


def schema_text() -> str:
    """The same, as it is written."""
    return files("mixtura.files").joinpath("model.schema.json").read_text(encoding="utf-8")


def _entries(schema: Any, definitions: Any, prefix: str) -> Any:
    for name, entry in schema.get("properties", {}).items():
        optional = "" if name in schema.get("required", ()) else " (optional)"
        yield f"`{prefix}{name}`", _holds(entry) + optional, entry.get("description", "")
        items = _resolved(entry.get("items", {}), definitions)
        yield from _entries(entry, definitions, f"{prefix}{name}.")
        yield from _entries(items, definitions, f"{prefix}{name}[].")


def _resolved(entry: Any, definitions: Any) -> Any:
    reference = entry.get("$ref")
    return definitions[reference.rsplit("/", 1)[1]] if reference else entry


def _holds(entry: Any) -> str:
    if "const" in entry:
        return f"`{json.dumps(entry['const'])}`"
    if "enum" in entry:
        return ", ".join(f"`{json.dumps(value)}`" for value in entry["enum"])
    if "$ref" in entry:
        return str(entry["$ref"]).rsplit("/", 1)[1]
    for several in ("anyOf", "oneOf"):
        if several in entry:
            return " or ".join(dict.fromkeys(_holds(one) for one in entry[several]))
    kind = entry["type"]
    if kind == "array":
        return f"list of {_holds(entry['items'])}s" if "items" in entry else "list"
    return " or ".join([kind] if isinstance(kind, str) else kind)


def _table(titles: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [titles, ("---",) * len(titles), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
