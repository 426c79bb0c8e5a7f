#!/usr/bin/env bash
# Publishes the command as one self-contained file with code compiled ahead (ReadyToRun): artifacts/rollcall/rollcall. It needs no .NET where it
# runs. Takes some minutes. A runtime other than this machine's is the first argument: eng/publish.sh linux-arm64
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
runtime=${1:-linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')}

# SQLite's native library goes into the file too; at its first start the command unpacks it into ~/.net, or where DOTNET_BUNDLE_EXTRACT_BASE_DIR says.
dotnet publish "$root/src/Rollcall.Cli" -c Release -r "$runtime" --self-contained -o "$root/artifacts/rollcall" --nologo \
  -p:PublishSingleFile=true -p:PublishReadyToRun=true -p:PublishReadyToRunComposite=false -p:IncludeNativeLibrariesForSelfExtract=true -p:DebugType=none -p:GenerateDocumentationFile=false

[ $# -gt 0 ] || "$root/artifacts/rollcall/rollcall" --version >/dev/null
ls -l "$root/artifacts/rollcall"
