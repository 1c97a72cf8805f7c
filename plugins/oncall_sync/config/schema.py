"""The JSON Schema of the config, for editors: generated from the models in `model.py`."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from oncall_sync.config.fields import duration_text
from oncall_sync.config.model import Config

FILE = Path(__file__).with_name("oncall_sync.schema.json")


class Generator(GenerateJsonSchema):
    def encode_default(self, default: Any) -> Any:
        return duration_text(default) if isinstance(default, timedelta) else super().encode_default(default)


def schema_text() -> str:
    """The content of `oncall_sync.schema.json`, the same for the same models."""
    generated = Config.model_json_schema(schema_generator=Generator)
    schema = {"$schema": "http://json-schema.org/draft-07/schema#"} | _for_editors(generated)
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


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
    noise = {"title": str, "default": list | dict}
    return {k: _for_editors(v) for k, v in schema.items() if not (k in noise and isinstance(v, noise[k]))}
