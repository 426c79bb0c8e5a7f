#!/usr/bin/env bash
# Packs every project of src/, and uses the packages as somebody would who has no clone: a program that references one, another that gets it by way
# of a library, and the command as a tool. Takes some minutes. Everything is in a temporary folder; ends with 0 when all of it works.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

for project in "$root"/src/*/*.csproj; do
  dotnet pack "$project" -c Release -o feed -v q --nologo
done

cat >nuget.config <<'XML'
<configuration>
  <config><add key="globalPackagesFolder" value="packages" /></config>
  <packageSources><add key="feed" value="feed" /></packageSources>
</configuration>
XML

# More buffers of HTTP/2's size than the runtime keeps by itself (docs/grpc-client.md, "Many calls at once").
program='
using System.Buffers;
using Rollcall.Grpc.Client;

await using var channel = GrpcChannel.ForAddress("http://localhost:1");
var count = 32 * Environment.ProcessorCount + 100;
var given = new HashSet<byte[]>(ReferenceEqualityComparer.Instance);
for (var i = 0; i < count; i++) given.Add(ArrayPool<byte>.Shared.Rent(16 * 1024));
foreach (var array in given) ArrayPool<byte>.Shared.Return(array);
var kept = Enumerable.Range(0, count).Count(_ => given.Contains(ArrayPool<byte>.Shared.Rent(16 * 1024)));
Console.WriteLine($"{kept} of {count} buffers were kept");
return kept == count ? 0 : 1;'

project() { # folder, output type, reference
  mkdir -p "$1"
  cat >"$1/$1.csproj" <<XML
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>$2</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
    <Nullable>enable</Nullable>
    <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
  </PropertyGroup>
  <ItemGroup>$3</ItemGroup>
</Project>
XML
}

reference='<PackageReference Include="Rollcall.Grpc.Client" Version="*" />'
project Direct Exe "$reference"
project Library Library "$reference"
project Indirect Exe '<ProjectReference Include="../Library/Library.csproj" />'
for name in Direct Indirect; do
  printf '%s\n' "$program" >"$name/Program.cs"
  dotnet build "$name" -c Release -v q --nologo -clp:NoSummary
  echo "$name: $(dotnet "$name/bin/Release/net10.0/$name.dll")"
done

dotnet tool install rollcall --version "*" --tool-path tool --add-source feed >/dev/null
tool/rollcall --help >/dev/null
echo "rollcall: installed as a tool"
