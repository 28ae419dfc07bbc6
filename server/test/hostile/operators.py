"""Writes operators.txt: every operator that the standard domain of ONNX ever had (needs a recent onnx package).

A line is its name, its most inputs (`+`: and more of the last), its outputs, and its attributes with their types:
i integer, I integers, f float, F floats, s string, S strings, t tensor, g graph, o another."""
from pathlib import Path

import onnx.defs

TYPES = {1: "f", 2: "i", 3: "s", 4: "t", 5: "g", 6: "F", 7: "I", 8: "S"}
found = {}
for schema in onnx.defs.get_all_schemas_with_history():
    if schema.domain != "":
        continue
    operator = found.setdefault(schema.name, {"inputs": 0, "more": "", "outputs": 0, "attributes": {}})
    operator["inputs"] = max(operator["inputs"], len(schema.inputs))
    operator["outputs"] = max(operator["outputs"], len(schema.outputs))
    if any(int(getattr(one.option, "value", one.option)) == 2 for one in schema.inputs):
        operator["more"] = "+"
    for name, attribute in schema.attributes.items():
        operator["attributes"][name] = TYPES.get(int(getattr(attribute.type, "value", attribute.type)), "o")
lines = [
    " ".join([name, f"{one['inputs']}{one['more']}", str(one["outputs"]), *(f"{a}:{t}" for a, t in sorted(one["attributes"].items()))])
    for name, one in sorted(found.items())
]
Path(__file__).with_name("operators.txt").write_text("\n".join(lines) + "\n")
