#!/usr/bin/env bash
# Installs what tests can use, builds once, runs every test project. The last line is `N passed, N failed[, N skipped]`;
# the exit code is 0 only if something ran and nothing failed.
#
#   ./test.sh                  everything
#   ./test.sh FILTER           tests whose full name contains FILTER (or a whole vstest expression, as FullyQualifiedName~Kv)
#
#   CONFIGURATION=Release ./test.sh      default Debug, where Debug.Assert holds too
#   ROLLCALL_SKIP_TOOLS=1 ./test.sh      install nothing
set -uo pipefail
cd "$(dirname "$0")"

filter=${1:-}
configuration=${CONFIGURATION:-Debug}
results=$PWD/artifacts/test-results
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# A build node that stays behind would hold the output pipe of whoever called this open.
export MSBUILDDISABLENODEREUSE=1

rm -rf "$results"
mkdir -p "$results"

[ -n "${ROLLCALL_SKIP_TOOLS:-}" ] || eng/install-tools.sh

# One compiler for all projects, kept warm: a third of the time that one for each takes. Its server is this run's own, and ends with the build.
compiler=rollcall-test-$$
dotnet build Rollcall.slnx -c "$configuration" --nologo -v q -clp:NoSummary -p:UseSharedCompilation=true -p:SharedCompilationId="$compiler"
built=$?
sdk=$(dotnet --version)
sdks=$(dotnet --list-sdks | sed -n "s/^$sdk \[\(.*\)\]$/\1/p")
dotnet exec "$sdks/$sdk/Roslyn/bincore/VBCSCompiler.dll" -shutdown "-pipename:$compiler" >/dev/null 2>&1

if [ "$built" != 0 ]; then
  echo "the build failed"
  echo "0 passed, 1 failed"
  exit 1
fi

arguments=()
case $filter in
  '') ;;
  *[=~]*) arguments=(--filter "$filter") ;;
  *) arguments=(--filter "FullyQualifiedName~$filter") ;;
esac

counter() { # name, trx
  local value
  value=$(grep -m 1 '<Counters ' "$2" 2>/dev/null | sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p")
  echo "${value:-0}"
}

passed=0 failed=0 skipped=0
declare -a broken=()

# One after the other: several have timing in them and all of them have sockets.
for project in tests/*/*.Tests.csproj; do
  name=$(basename "$project" .csproj)
  assembly=$(dirname "$project")/bin/$configuration/net10.0/$name.dll
  trx=$results/$name.trx
  if [ ! -f "$assembly" ]; then
    broken+=("$name: not built; is it in Rollcall.slnx?")
    continue
  fi

  started=$SECONDS
  timeout --kill-after=20 600 dotnet test "$assembly" "${arguments[@]}" --nologo --results-directory "$results" \
    --logger "trx;LogFileName=$name.trx" --logger "console;verbosity=minimal" \
    --blame-hang-timeout 240s --blame-hang-dump-type none >"$results/$name.log" 2>&1
  code=$?

  total=$(counter total "$trx") ran=$(counter executed "$trx") good=$(counter passed "$trx")
  # Counted as failed: everything that ran without passing. A run that ended badly with no failed test in it (a crashed host, a
  # hang, a missing result file) is one failure of its own.
  bad=$((ran - good))
  passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + total - ran))
  if [ "$code" != 0 ] && [ "$bad" = 0 ]; then
    broken+=("$name: the test run ended with code $code")
  elif [ "$code" = 0 ] && [ "$bad" != 0 ]; then
    broken+=("$name: $bad tests neither passed nor were skipped")
  elif [ "$total" = 0 ] && [ -z "$filter" ]; then
    broken+=("$name: has no tests")
  fi

  if [ "$code" != 0 ]; then
    cat "$results/$name.log"
  fi
  if [ "$total" != 0 ] || [ "$code" != 0 ]; then
    printf '%-36s %4d passed %3d failed %3d skipped %5d s\n' "$name" "$good" "$bad" "$((total - ran))" "$((SECONDS - started))"
  fi
done

if [ "$skipped" != 0 ]; then
  echo
  echo "skipped, by reason:"
  # In a trx file the reason of a skipped test is the message three lines below its outcome.
  grep -h -A3 'outcome="NotExecuted"' "$results"/*.trx | sed -n 's/.*<Message>\(.*\)<\/Message>.*/\1/p' | sort | uniq -c | sort -rn
fi

if [ "${#broken[@]}" != 0 ]; then
  echo
  printf 'FAILED %s\n' "${broken[@]}"
  failed=$((failed + ${#broken[@]}))
fi

if [ $((passed + failed)) = 0 ]; then
  echo
  echo "no test ran${filter:+; nothing matches '$filter'}"
  failed=1
fi

echo
summary="$passed passed, $failed failed"
[ "$skipped" = 0 ] || summary="$summary, $skipped skipped"
echo "$summary"
[ "$failed" = 0 ]
