"""Renders Home Assistant's templates as Home Assistant does.

Reads one JSON object a line, {"template", "payload"} or {"template"} for a command, and writes one a line, {"result"} or {"error"}. The environment is the
part of Home Assistant's own that matters here (homeassistant/helpers/template): an immutable sandbox without autoescape, `now`, and JSON payloads as
`value_json` beside `value`. What is not defined is an error instead of a warning in a log.
"""

import json
import sys
from datetime import datetime, timezone

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
environment.globals["now"] = lambda: datetime.now(timezone.utc)

for line in sys.stdin:
    asked = json.loads(line)
    variables = {}
    if "payload" in asked:
        variables = {"value": asked["payload"]}
        try:
            variables["value_json"] = json.loads(asked["payload"])
        except ValueError:
            pass
    try:
        answer = {"result": environment.from_string(asked["template"]).render(variables).strip()}
    except Exception as fault:  # pylint: disable=broad-except
        answer = {"error": f"{type(fault).__name__}: {fault}"}
    print(json.dumps(answer), flush=True)
