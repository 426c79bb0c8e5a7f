#!/usr/bin/env bash
# Installs what some tests can use, into .tools/ where possible. Everything is optional: what cannot be had is noted in
# .tools/NAME.missing, and the tests that need it are skipped with that reason. Always ends with 0.
#
#   eng/install-tools.sh           install what is not there; a failure is tried again after a day
#   eng/install-tools.sh --retry   try again what failed
set -uo pipefail
cd "$(dirname "$0")/.."
tools=$PWD/.tools
mkdir -p "$tools"
[ "${1:-}" = --retry ] && rm -f "$tools"/*.missing

# Without Consul on this page's version the answers in the conformance tests would differ: bullseye has 1.8.7.
consul_suite=bullseye
grpc_js=1.14.0
proto_loader=0.8.0

missing() { # name, reason
  printf '%s\n' "$2" >"$tools/$1.missing"
  echo "tools: $1 is not installed: $2"
}

# A failure is not repeated for a day: without a network each try takes its timeouts.
tried() { [ -n "$(find "$tools/$1.missing" -mtime -1 2>/dev/null)" ]; }

last_line() { tail -n 5 "$1" 2>/dev/null | grep -v '^$' | tail -n 1 | cut -c1-200; }

# The mirror that this system itself uses, whatever it is.
debian_mirror() {
  local uri
  uri=$(sed -n 's/^URIs: *\([^ ]*\).*/\1/p' /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -n 1)
  [ -n "$uri" ] || uri=$(sed -n 's/^deb  *\(\[[^]]*\]  *\)\{0,1\}\([^ ]*\).*/\2/p' /etc/apt/sources.list 2>/dev/null | head -n 1)
  printf '%s' "$uri"
}

install_consul() {
  [ -x "$tools/consul" ] && return
  [ -n "${ROLLCALL_CONSUL:-}" ] && return
  command -v consul >/dev/null && return
  tried consul && return
  command -v apt-get >/dev/null && command -v dpkg >/dev/null || { missing consul "no apt-get here; put a consul 1.8 into .tools/ or PATH"; return; }
  local mirror work log
  mirror=$(debian_mirror)
  [ -n "$mirror" ] || { missing consul "apt has no Debian mirror here; put a consul 1.8 into .tools/ or PATH"; return; }
  work=$(mktemp -d)
  log=$work/log
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/x"
  cat >"$work/debian.sources" <<END
Types: deb
URIs: $mirror
Suites: $consul_suite
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
END
  local apt=(timeout 180 apt-get -q -o "Dir::Etc::sourcelist=$work/debian.sources" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache" -o APT::Sandbox::User= -o Acquire::Retries=2)
  if (cd "$work" && "${apt[@]}" update && "${apt[@]}" download consul && dpkg -x consul_*.deb x) >"$log" 2>&1 &&
    "$work/x/usr/bin/consul" version >>"$log" 2>&1; then
    mv "$work/x/usr/bin/consul" "$tools/consul"
    rm -f "$tools/consul.missing"
    echo "tools: installed consul"
  else
    missing consul "Debian's package could not be fetched ($(last_line "$log"))"
  fi
  rm -rf "$work"
}

install_python_grpc() {
  /usr/bin/python3 -c 'import grpc, google.protobuf' 2>/dev/null && { rm -f "$tools/python-grpc.missing"; return; }
  tried python-grpc && return
  command -v apt-get >/dev/null || { missing python-grpc "no apt-get here"; return; }
  [ "$(id -u)" = 0 ] || { missing python-grpc "only root can install it: apt-get install python3-grpcio python3-protobuf"; return; }
  local log
  log=$(mktemp)
  local install=(timeout 300 apt-get -q -y -o DPkg::Lock::Timeout=120 install --no-install-recommends python3-grpcio python3-protobuf)
  export DEBIAN_FRONTEND=noninteractive
  if "${install[@]}" >"$log" 2>&1 || { timeout 180 apt-get -q update >>"$log" 2>&1; "${install[@]}" >>"$log" 2>&1; } &&
    /usr/bin/python3 -c 'import grpc, google.protobuf' 2>>"$log"; then
    rm -f "$tools/python-grpc.missing"
    echo "tools: installed python3-grpcio"
  else
    missing python-grpc "apt-get install python3-grpcio python3-protobuf failed ($(last_line "$log"))"
  fi
  rm -f "$log"
}

install_node_grpc() {
  [ -d "$tools/node/node_modules/@grpc/grpc-js" ] && [ -d "$tools/node/node_modules/@grpc/proto-loader" ] && return
  tried node-grpc && return
  command -v npm >/dev/null || { missing node-grpc "no npm here"; return; }
  local log
  log=$(mktemp)
  mkdir -p "$tools/node"
  echo '{ "private": true }' >"$tools/node/package.json"
  if (cd "$tools/node" && timeout 180 npm install --no-audit --no-fund --loglevel=error \
    "@grpc/grpc-js@~$grpc_js" "@grpc/proto-loader@~$proto_loader") >"$log" 2>&1; then
    rm -f "$tools/node-grpc.missing"
    echo "tools: installed @grpc/grpc-js"
  else
    rm -rf "$tools/node"
    missing node-grpc "npm install @grpc/grpc-js failed ($(last_line "$log"))"
  fi
  rm -f "$log"
}

install_consul
install_python_grpc
install_node_grpc
exit 0
