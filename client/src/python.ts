/** Results in a notebook. */

/** Lines of Python that read a run which is kept at `path`, and make a table of the nodes of one of its hypotheses. */
export const pythonOf = (path: string, hypothesis: string): string => `import json, pandas as pd
report = json.load(open(${JSON.stringify(path)}, encoding="utf-8"))["report"]
result = next(one for one in report["hypotheses"] if one["name"] == ${JSON.stringify(hypothesis)})
nodes = pd.json_normalize(result["nodes"]).set_index("name")
`
