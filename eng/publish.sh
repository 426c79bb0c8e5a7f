#!/usr/bin/env bash
# Publishes the command as one self-contained file with code compiled ahead (ReadyToRun): artifacts/rollcall/rollcall. It needs no .NET where it
# runs. Takes some minutes. A runtime other than this machine's is the first argument: eng/publish.sh linux-arm64
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
runtime=${1:-linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')}

# Not composite: of libraries compiled one by one, only what the command uses is read into memory. What trimming warns of are the web frameworks that are not used,
# and what is looked up by name, which the project keeps whole.
dotnet publish "$root/src/Rollcall.Cli" -c Release -r "$runtime" --self-contained -o "$root/artifacts/rollcall" --nologo \
  -p:PublishSingleFile=true -p:PublishReadyToRun=true -p:PublishReadyToRunComposite=false -p:PublishTrimmed=true \
  -p:SuppressTrimAnalysisWarnings=true -p:ILLinkTreatWarningsAsErrors=false -p:DebugType=none -p:GenerateDocumentationFile=false

# Agent, checks, gRPC server and client: what trimming took away and is needed shows here.
if [ $# -eq 0 ]; then
  "$root/artifacts/rollcall/rollcall" demo --seconds 4 --http-port 0 >/dev/null

  # And SQLite, where nothing can be unpacked: until it is ended with SIGTERM.
  data=$(mktemp -d)
  env -i HOME=/proc TMPDIR=/proc timeout --preserve-status 4 "$root/artifacts/rollcall/rollcall" agent -data-dir "$data" -http-port 0 -dns-port -1 >/dev/null
  test -s "$data/agent.db"
  rm -r "$data"
fi
[ "$(ls "$root/artifacts/rollcall")" = rollcall ]
ls -l "$root/artifacts/rollcall"
