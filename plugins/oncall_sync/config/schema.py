"""The JSON Schema of the config, for editors: generated from the models in `model.py`."""

import ast
import inspect
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from oncall_sync.config import model

FILE = Path(__file__).with_name("oncall_sync.schema.json")


def schema_text() -> str:
    """The content of `oncall_sync.schema.json`, the same for the same models."""
    _describe_keys()
    schema = {"$schema": "http://json-schema.org/draft-07/schema#"} | _for_editors(model.Config.model_json_schema())
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _describe_keys() -> None:
    """Each key by what stands below it in `model.py`.

    pydantic's use_attribute_docstrings does the same, but whenever the models are imported: 45 ms more for each task.
    """
    described = dict(_described())
    for named in vars(model).values():
        if isinstance(named, type) and issubclass(named, BaseModel) and named.model_fields:
            for key, field in named.model_fields.items():
                field.description = next(described[c, key] for c in named.__mro__ if (c, key) in described)
            named.model_rebuild(force=True)


def _described() -> Iterator[tuple[tuple[type, str], str]]:
    for defined in ast.parse(inspect.getsource(model)).body:
        if isinstance(defined, ast.ClassDef):
            for key, below in pairwise(defined.body):
                match key, below:
                    case ast.AnnAssign(ast.Name(name)), ast.Expr(ast.Constant(str(text))):
                        yield (getattr(model, defined.name), name), text


def _for_editors(schema: Any) -> Any:
    """Without titles, null (an empty value is a mistake in the file) and defaults that say nothing."""
    if isinstance(schema, list):
        return [_for_editors(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    optional = schema.get("anyOf", ())
    if {"type": "null"} in optional:
        schema = {key: value for key, value in schema.items() if key not in {"anyOf", "default"}} | optional[0]
    if "patternProperties" in schema:
        schema = schema | {"additionalProperties": False}
    return {key: _for_editors(value) for key, value in schema.items() if not _is_noise(key, value)}


def _is_noise(key: str, value: Any) -> bool:
    return (key == "title" and isinstance(value, str)) or (key == "default" and isinstance(value, list | dict))
