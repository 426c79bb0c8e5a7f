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

# Without Consul on this page's version the answers in the conformance tests would differ: bullseye has 1.8.7. It has the last Prometheus, too.
old_suite=bullseye
# The first Debian whose Go and whose grpc-go go together, and with today's protobuf. Nothing of it is installed.
go_suite=trixie
go_version=1.24
consul_client=2.0.1
grpc_js=1.14.0
proto_loader=0.8.0
grpc_reflection=1.0.4
connect=2.2.0
protobuf_es=2.17.0

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

# Packages of another Debian, without installing them: apt-get for its suite goes into the array apt, with all its files in a folder.
use_suite() { # suite, folder
  local mirror
  mirror=$(debian_mirror)
  [ -n "$mirror" ] || return
  mkdir -p "$2/lists/partial" "$2/cache/archives/partial" "$2/x"
  cat >"$2/debian.sources" <<END
Types: deb
URIs: $mirror
Suites: $1
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
END
  apt=(timeout 180 apt-get -q -o "Dir::Etc::sourcelist=$2/debian.sources" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::Lists=$2/lists" -o "Dir::Cache=$2/cache" -o APT::Sandbox::User= -o Acquire::Retries=2)
}

# One program of a package of an older Debian, without installing the package. What it needs of the system is there, or it doesn't run and is missing.
install_old() { # package, variable with a path that is used instead
  [ -x "$tools/$1" ] && return
  [ -n "${!2:-}" ] && return
  command -v "$1" >/dev/null && return
  tried "$1" && return
  command -v apt-get >/dev/null && command -v dpkg >/dev/null || { missing "$1" "no apt-get here; put a $1 into .tools/ or PATH"; return; }
  local work log apt
  work=$(mktemp -d)
  log=$work/log
  use_suite "$old_suite" "$work" || { rm -rf "$work"; missing "$1" "apt has no Debian mirror here; put a $1 into .tools/ or PATH"; return; }
  if (cd "$work" && "${apt[@]}" update && "${apt[@]}" download "$1" && dpkg -x "$1"_*.deb x) >"$log" 2>&1 &&
    "$work/x/usr/bin/$1" --version >>"$log" 2>&1; then
    mv "$work/x/usr/bin/$1" "$tools/$1"
    rm -f "$tools/$1.missing"
    echo "tools: installed $1"
  else
    missing "$1" "Debian's package could not be fetched ($(last_line "$log"))"
  fi
  rm -rf "$work"
}

# Installs packages of this system, as root. The log is written anew.
apt_install() { # log, packages
  local log=$1
  shift
  local install=(timeout 300 apt-get -q -y -o DPkg::Lock::Timeout=120 install --no-install-recommends "$@")
  export DEBIAN_FRONTEND=noninteractive
  "${install[@]}" >"$log" 2>&1 || { timeout 180 apt-get -q update >>"$log" 2>&1; "${install[@]}" >>"$log" 2>&1; }
}

install_python_grpc() {
  /usr/bin/python3 -c 'import grpc, google.protobuf' 2>/dev/null && { rm -f "$tools/python-grpc.missing"; return; }
  tried python-grpc && return
  command -v apt-get >/dev/null || { missing python-grpc "no apt-get here"; return; }
  [ "$(id -u)" = 0 ] || { missing python-grpc "only root can install it: apt-get install python3-grpcio python3-protobuf"; return; }
  local log
  log=$(mktemp)
  if apt_install "$log" python3-grpcio python3-protobuf && /usr/bin/python3 -c 'import grpc, google.protobuf' 2>>"$log"; then
    rm -f "$tools/python-grpc.missing"
    echo "tools: installed python3-grpcio"
  else
    missing python-grpc "apt-get install python3-grpcio python3-protobuf failed ($(last_line "$log"))"
  fi
  rm -f "$log"
}

install_node_grpc() {
  local stamp="$grpc_js $proto_loader $grpc_reflection"
  [ "$(cat "$tools/node/stamp" 2>/dev/null)" = "$stamp" ] && return
  tried node-grpc && return
  command -v npm >/dev/null || { missing node-grpc "no npm here"; return; }
  local log
  log=$(mktemp)
  mkdir -p "$tools/node"
  echo '{ "private": true }' >"$tools/node/package.json"
  if (cd "$tools/node" && timeout 180 npm install --no-audit --no-fund --loglevel=error \
    "@grpc/grpc-js@~$grpc_js" "@grpc/proto-loader@~$proto_loader" "@grpc/reflection@~$grpc_reflection") >"$log" 2>&1; then
    echo "$stamp" >"$tools/node/stamp"
    rm -f "$tools/node-grpc.missing"
    echo "tools: installed @grpc/grpc-js"
  else
    rm -rf "$tools/node"
    missing node-grpc "npm install @grpc/grpc-js failed ($(last_line "$log"))"
  fi
  rm -f "$log"
}

# Node's client of Consul's API.
install_node_consul() {
  [ "$(cat "$tools/node-consul/stamp" 2>/dev/null)" = "$consul_client" ] && return
  tried node-consul && return
  command -v npm >/dev/null || { missing node-consul "no npm here"; return; }
  local log
  log=$(mktemp)
  mkdir -p "$tools/node-consul"
  echo '{ "private": true }' >"$tools/node-consul/package.json"
  if (cd "$tools/node-consul" && timeout 180 npm install --no-audit --no-fund --loglevel=error "consul@$consul_client") >"$log" 2>&1; then
    echo "$consul_client" >"$tools/node-consul/stamp"
    rm -f "$tools/node-consul.missing"
    echo "tools: installed Node's consul"
  else
    rm -rf "$tools/node-consul"
    missing node-consul "npm install consul failed ($(last_line "$log"))"
  fi
  rm -f "$log"
}

install_connect_node() {
  local stamp="$connect $protobuf_es"
  [ "$(cat "$tools/connect/stamp" 2>/dev/null)" = "$stamp" ] && return
  tried connect-node && return
  command -v npm >/dev/null || { missing connect-node "no npm here"; return; }
  local log
  log=$(mktemp)
  mkdir -p "$tools/connect"
  echo '{ "private": true }' >"$tools/connect/package.json"
  if (cd "$tools/connect" && timeout 180 npm install --no-audit --no-fund --loglevel=error \
    "@connectrpc/connect@$connect" "@connectrpc/connect-node@$connect" "@bufbuild/protobuf@$protobuf_es") >"$log" 2>&1; then
    echo "$stamp" >"$tools/connect/stamp"
    rm -f "$tools/connect-node.missing"
    echo "tools: installed @connectrpc/connect-node"
  else
    rm -rf "$tools/connect"
    missing connect-node "npm install @connectrpc/connect-node failed ($(last_line "$log"))"
  fi
  rm -f "$log"
}

# Compiled again when its sources or this script changed; the packages stay with the system.
install_cpp_grpc() {
  local interop=$PWD/tests/Rollcall.Interop.Tests stamp packages="g++ libgrpc++-dev libprotobuf-dev protobuf-compiler protobuf-compiler-grpc"
  stamp=$(cat "$interop"/Peers/cpp/* "$interop/Protos/test.proto" eng/install-tools.sh | cksum)
  [ "$(cat "$tools/cpp/stamp" 2>/dev/null)" = "$stamp" ] && return
  tried cpp-grpc && return
  local log work started=$SECONDS
  log=$(mktemp)
  work=$(mktemp -d)
  if ! compile_cpp_grpc "$interop" "$work" >"$log" 2>&1; then
    if ! command -v apt-get >/dev/null; then
      missing cpp-grpc "no apt-get here"
    elif [ "$(id -u)" != 0 ]; then
      missing cpp-grpc "only root can install it: apt-get install $packages"
    # shellcheck disable=SC2086 # a list of words
    elif ! apt_install "$log" $packages || ! compile_cpp_grpc "$interop" "$work" >"$log" 2>&1; then
      missing cpp-grpc "installing $packages or compiling with them failed ($(last_line "$log"))"
    fi
  fi
  if [ -x "$work/client" ] && [ -x "$work/server" ]; then
    mkdir -p "$tools/cpp"
    mv "$work/client" "$work/server" "$tools/cpp/"
    echo "$stamp" >"$tools/cpp/stamp"
    rm -f "$tools/cpp-grpc.missing"
    echo "tools: compiled the gRPC C++ peer in $((SECONDS - started)) s"
  fi
  rm -rf "$work" "$log"
}

# Without optimisation: it compiles in a third of the time, and what the programs do is wait.
compile_cpp_grpc() { # folder of the tests, output folder
  local plugin
  plugin=$(command -v grpc_cpp_plugin) && command -v protoc && command -v g++ || return
  protoc -I "$1/Protos" --cpp_out="$2" --grpc_out="$2" --plugin=protoc-gen-grpc="$plugin" test.proto || return
  local compile=(timeout 120 g++ -std=c++17 -O0 -w -I "$2" -I "$1/Peers/cpp")
  printf '#include "test.pb.cc"\n#include "test.grpc.pb.cc"\n' >"$2/messages.cc"
  "${compile[@]}" -c "$2/messages.cc" -o "$2/messages.o" || return
  local program
  for program in client server; do
    "${compile[@]}" "$2/messages.o" "$1/Peers/cpp/$program.cc" -o "$2/$program" \
      -lgrpc++ -lgrpc -lgpr -lprotobuf -labsl_synchronization -lpthread || return
  done
}

# Compiled again when its sources or this script changed, by Go and with packages that are fetched for it and not kept.
install_go_grpc() {
  local peer=$PWD/tests/Rollcall.Interop.Tests/Peers/go stamp
  stamp=$(cat "$peer"/* eng/install-tools.sh | cksum)
  [ "$(cat "$tools/go/stamp" 2>/dev/null)" = "$stamp" ] && return
  tried go-grpc && return
  command -v apt-get >/dev/null && command -v dpkg >/dev/null || { missing go-grpc "no apt-get here"; return; }
  local work log apt package started=$SECONDS
  work=$(mktemp -d)
  log=$work/log
  use_suite "$go_suite" "$work" || { rm -rf "$work"; missing go-grpc "apt has no Debian mirror here"; return; }
  if (cd "$work" && "${apt[@]}" update && "${apt[@]}" download "golang-$go_version-go" "golang-$go_version-src" golang-google-grpc-dev \
    golang-google-protobuf-dev golang-github-golang-protobuf-1-5-dev golang-google-genproto-dev golang-golang-x-{net,sys,text}-dev &&
    for package in ./*.deb; do dpkg -x "$package" x || exit; done && compile_go_grpc "$peer" "$work") >"$log" 2>&1; then
    mkdir -p "$tools/go"
    mv "$work/go/src/peer/peer" "$tools/go/peer"
    echo "$stamp" >"$tools/go/stamp"
    rm -f "$tools/go-grpc.missing"
    echo "tools: compiled the grpc-go peer in $((SECONDS - started)) s"
  else
    missing go-grpc "fetching grpc-go's packages or compiling with them failed ($(last_line "$log"))"
  fi
  chmod -R u+w "$work"
  rm -rf "$work"
}

# Debian's Go packages are a workspace of the kind that was before modules.
compile_go_grpc() { # folder of the peer, folder with the packages in x
  mkdir -p "$2/go/src/peer" && cp "$1"/*.go "$2/go/src/peer" && cd "$2/go/src/peer" || return
  timeout 300 env GO111MODULE=off GOFLAGS= GOTOOLCHAIN=local CGO_ENABLED=0 GOROOT="$2/x/usr/lib/go-$go_version" \
    GOPATH="$2/go:$2/x/usr/share/gocode" GOCACHE="$2/cache/go" "$2/x/usr/lib/go-$go_version/bin/go" build -o peer .
}

# Compiled again when its sources or this script changed. Its packages are its own: what the solution restores has none of them.
install_dotnet_grpc() {
  local interop=$PWD/tests/Rollcall.Interop.Tests stamp
  stamp=$(cat "$interop"/Peers/dotnet/*.* "$interop"/Cases/* "$interop/Protos/test.proto" tests/Rollcall.TestKit/Eventually.cs eng/install-tools.sh | cksum)
  [ "$(cat "$tools/dotnet/stamp" 2>/dev/null)" = "$stamp" ] && return
  tried dotnet-grpc && return
  local log work started=$SECONDS
  log=$(mktemp)
  work=$(mktemp -d)
  # No compiler and no build node stays behind.
  if timeout 300 dotnet publish "$interop/Peers/dotnet" -c Release --nologo -v q -clp:NoSummary -nodeReuse:false -p:UseSharedCompilation=false \
    --artifacts-path "$work/artifacts" -o "$work/peer" >"$log" 2>&1; then
    rm -rf "$tools/dotnet"
    mv "$work/peer" "$tools/dotnet"
    echo "$stamp" >"$tools/dotnet/stamp"
    rm -f "$tools/dotnet-grpc.missing"
    echo "tools: compiled the grpc-dotnet peer in $((SECONDS - started)) s"
  else
    rm -rf "$tools/dotnet"
    missing dotnet-grpc "restoring grpc-dotnet's packages or compiling with them failed ($(last_line "$log"))"
  fi
  rm -rf "$work" "$log"
}

install_chromium() {
  command -v chromium >/dev/null && { rm -f "$tools/chromium.missing"; return; }
  [ -n "${ROLLCALL_CHROMIUM:-}" ] && return
  tried chromium && return
  command -v apt-get >/dev/null || { missing chromium "no apt-get here; put a chromium into .tools/ or PATH"; return; }
  [ "$(id -u)" = 0 ] || { missing chromium "only root can install it: apt-get install chromium"; return; }
  local log
  log=$(mktemp)
  if apt_install "$log" chromium; then
    rm -f "$tools/chromium.missing"
    echo "tools: installed chromium"
  else
    missing chromium "apt-get install chromium failed ($(last_line "$log"))"
  fi
  rm -f "$log"
}

# What asks DNS in earnest: a resolver's own tool, a load balancer, a forwarder.
install_dns_programs() {
  command -v dig >/dev/null && command -v haproxy >/dev/null && command -v dnsmasq >/dev/null && { rm -f "$tools/dns-programs.missing"; return; }
  tried dns-programs && return
  command -v apt-get >/dev/null || { missing dns-programs "no apt-get here; put dig, haproxy and dnsmasq into PATH"; return; }
  [ "$(id -u)" = 0 ] || { missing dns-programs "only root can install them: apt-get install haproxy dnsmasq-base bind9-dnsutils"; return; }
  local log
  log=$(mktemp)
  if apt_install "$log" haproxy dnsmasq-base bind9-dnsutils; then
    rm -f "$tools/dns-programs.missing"
    echo "tools: installed dig, haproxy, dnsmasq"
  else
    missing dns-programs "apt-get install haproxy dnsmasq-base bind9-dnsutils failed ($(last_line "$log"))"
  fi
  rm -f "$log"
}

install_old consul ROLLCALL_CONSUL
install_old prometheus ROLLCALL_PROMETHEUS
install_dns_programs
install_python_grpc
install_chromium
install_node_grpc
install_connect_node
install_node_consul
install_cpp_grpc
install_go_grpc
install_dotnet_grpc
exit 0
